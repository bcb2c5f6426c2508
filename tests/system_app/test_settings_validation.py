"""What settings are refused, with which codes: contract/system.md 4.1, 10 and 18."""

import pytest

from platform_app.wire.errors import FieldError, required
from system_app.settings.validation import settings_errors
from tests.auth_app.accounts import answer, error
from tests.system_app.settings_row import SAVING_FAILED, changed, save, superuser

URL = FieldError("validation_is_url", "Must be a valid URL.")
HOST = FieldError("validation_is_host", "Must be a valid IP address or DNS name.")
EMAIL = FieldError("validation_is_email", "Must be a valid email address.")
COLOR = FieldError("validation_is_hex_color", "Must be a valid hexadecimal color code.")
CHOICE = FieldError("validation_in_invalid", "Must be a valid value.")
FORMAT = FieldError("validation_match_invalid", "Must be in a valid format.")
ADDRESS = FieldError("validation_invlaid_ip_or_subnet", "Invalid IP or CIDR subnet.")
SEVEN = FieldError("validation_length_invalid", "The length must be exactly 7.", {"min": 7, "max": 7})
LENGTH = FieldError(
    "validation_length_out_of_range", "The length must be between 1 and 255.", {"min": 1, "max": 255}
)
NEEDED = required()


def at_least(threshold):
    return FieldError(
        "validation_min_greater_equal_than_required",
        f"Must be no less than {threshold}.",
        {"threshold": threshold},
    )


def rule(label="x", most=1, seconds=1, audience=""):
    return {"label": label, "audience": audience, "duration": seconds, "maxRequests": most}


S3_NEEDS = {"bucket": NEEDED, "region": NEEDED, "accessKey": NEEDED, "secret": NEEDED}


@pytest.mark.parametrize(
    ("groups", "errors"),
    [
        pytest.param({}, {}, id="defaults"),
        pytest.param({"meta": {"appURL": "localhost"}}, {"meta": {"appURL": URL}}, id="URL"),
        pytest.param(
            {"meta": {"appName": "", "appURL": "", "senderName": "", "senderAddress": ""}},
            {
                "meta": {
                    "appName": NEEDED,
                    "appURL": NEEDED,
                    "senderName": NEEDED,
                    "senderAddress": NEEDED,
                }
            },
            id="texts that must be there",
        ),
        pytest.param(
            {"meta": {"appName": "é" * 128, "senderName": "x" * 256, "senderAddress": "a@b"}},
            {"meta": {"appName": LENGTH, "senderName": LENGTH, "senderAddress": EMAIL}},
            id="lengths in bytes",
        ),
        pytest.param({"meta": {"appName": "é" * 127, "accentColor": ""}}, {}, id="as long as allowed"),
        pytest.param({"meta": {"accentColor": "#123456789"}}, {"meta": {"accentColor": SEVEN}}, id="color"),
        pytest.param({"meta": {"accentColor": "1234567"}}, {"meta": {"accentColor": COLOR}}, id="no color"),
        pytest.param({"logs": {"maxDays": -1}}, {"logs": {"maxDays": at_least(0)}}, id="days of logs"),
        pytest.param({"logs": {"maxDays": 0, "minLevel": -8}}, {}, id="no logs"),
        pytest.param(
            {"smtp": {"host": "a b", "port": -1, "authMethod": "x", "localName": "-"}},
            {"smtp": {"host": HOST, "port": at_least(0), "authMethod": CHOICE, "localName": HOST}},
            id="mail server",
        ),
        pytest.param({"smtp": {"host": "", "port": 0}}, {}, id="no mail server"),
        pytest.param(
            {"smtp": {"enabled": True, "host": "", "port": 0}},
            {"smtp": {"host": NEEDED, "port": NEEDED}},
            id="mail server that is on",
        ),
        pytest.param({"smtp": {"authMethod": "LOGIN", "localName": "::1"}}, {}, id="authentication"),
        pytest.param({"s3": {"endpoint": "a b"}}, {"s3": {"endpoint": URL}}, id="S3 endpoint"),
        pytest.param({"s3": {"enabled": True}}, {"s3": {**S3_NEEDS, "endpoint": NEEDED}}, id="S3 that is on"),
        pytest.param(
            {"backups": {"s3": {**changed()["s3"], "enabled": True, "endpoint": "http://x.y"}}},
            {"backups": {"s3": S3_NEEDS}},
            id="S3 for backups",
        ),
        pytest.param({"backups": {"cronMaxKeep": -1}}, {"backups": {"cronMaxKeep": at_least(1)}}, id="keep"),
        pytest.param({"backups": {"cronMaxKeep": 0}}, {}, id="keep none without cron"),
        pytest.param(
            {"backups": {"cron": "@daily", "cronMaxKeep": 0}},
            {"backups": {"cronMaxKeep": NEEDED}},
            id="keep none with cron",
        ),
        pytest.param(
            {"batch": {"enabled": True, "maxRequests": 0, "timeout": 0, "maxBodySize": -1}},
            {"batch": {"maxRequests": NEEDED, "timeout": NEEDED, "maxBodySize": at_least(0)}},
            id="batches that are on",
        ),
        pytest.param(
            {"batch": {"maxRequests": -1, "timeout": -1}},
            {"batch": {"maxRequests": at_least(0), "timeout": at_least(0)}},
            id="batches",
        ),
        pytest.param(
            {"rateLimits": {"enabled": True, "rules": []}},
            {"rateLimits": {"rules": NEEDED}},
            id="limits without rules",
        ),
        pytest.param({"rateLimits": {"rules": []}}, {}, id="no limits"),
        pytest.param(
            {"rateLimits": {"rules": [rule(), rule("", 0, 0, "@x"), rule("y", -1, -1)]}},
            {
                "rateLimits": {
                    "rules": {
                        "1": {"label": NEEDED, "duration": NEEDED, "maxRequests": NEEDED, "audience": CHOICE},
                        "2": {"duration": at_least(1), "maxRequests": at_least(1)},
                    }
                }
            },
            id="rules",
        ),
    ],
)
def test_errors(groups, errors):
    assert settings_errors(changed(**groups)) == errors


@pytest.mark.parametrize(
    "label", ["/api/", "/api", "/", "post /x", "POST /x/", "GET /", "c:list", "*:list", "tag"]
)
def test_labels_that_are_accepted(label):
    assert settings_errors(changed(rateLimits={"rules": [rule(label)]})) == {}


@pytest.mark.parametrize(
    "label", ["*:*", "*", "a-b:list", "/a.b", "GET  /a", "a:b:c", "/a/{id}", "é", "a\n", " a"]
)
def test_labels_that_are_refused(label):
    errors = settings_errors(changed(rateLimits={"rules": [rule(label)]}))
    assert errors == {"rateLimits": {"rules": {"0": {"label": FORMAT}}}}


@pytest.mark.parametrize(
    ("rules", "at"),
    [
        pytest.param([rule("a"), rule("a")], 1, id="same label"),
        pytest.param([rule("a"), rule("b"), rule("a", audience="@guest")], 2, id="all and guests"),
        pytest.param([rule("a", audience="@auth"), rule("a")], 1, id="members and all"),
    ],
)
def test_rules_in_conflict(rules, at):
    message = "Rate limit rule configuration with label a already exists or conflicts with another rule."
    conflict = FieldError("validation_conflicting_rate_limit_rule", message, {"label": "a"})
    errors = settings_errors(changed(rateLimits={"rules": rules}))
    assert errors == {"rateLimits": {"rules": {str(at): {"label": conflict}}}}


def test_what_is_wrong_with_one_rule_is_told_before_conflicts():
    rules = [rule("a"), rule("a"), rule("a", audience="@somebody")]
    unknown = FieldError("validation_in_invalid", "Must be a valid value.")
    errors = settings_errors(changed(rateLimits={"rules": rules}))
    assert errors == {"rateLimits": {"rules": {"2": {"audience": unknown}}}}


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([rule("a", audience="@auth"), rule("a", audience="@guest")], id="by audience"),
        pytest.param([rule("/api"), rule("/api/")], id="exact and prefix"),
    ],
)
def test_rules_beside_each_other(rules):
    assert settings_errors(changed(rateLimits={"rules": rules})) == {}


@pytest.mark.parametrize("member", ["superuserIPs", "excludedIPs"])
@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("1.2.3.4", None),
        ("1.2.3.4/8", None),
        ("::1", None),
        ("::ffff:1.2.3.4", None),
        ("2001:db8::/32", None),
        ("fe80::1%eth0", None),
        ("", NEEDED),
        ("x", ADDRESS),
        ("1.2.3.4/33", ADDRESS),
        ("1.2.3.4/08", ADDRESS),
        ("1.2.3.4/255.0.0.0", ADDRESS),
        ("1.2.3.4/", ADDRESS),
        ("01.2.3.4", ADDRESS),
        ("::1/129", ADDRESS),
    ],
)
def test_addresses(member, entry, found):
    entries = ["10.0.0.1", entry]
    is_top = member == "superuserIPs"
    errors = settings_errors(changed(**({member: entries} if is_top else {"rateLimits": {member: entries}})))
    expected = {member: {"1": found}} if found else {}
    assert errors == (expected if is_top or not expected else {"rateLimits": expected})


@pytest.mark.parametrize("host", ["localhost", "1.2.3.4", "::1", "a_b.c", "a.", "a_", "1.2.3", "a" * 63])
def test_hosts_that_are_accepted(host):
    assert settings_errors(changed(smtp={"host": host})) == {}


@pytest.mark.parametrize("host", ["a..b", "-a", "a" * 64, "fe80::1%eth0", "é.com", "a b", "a\n", "a." * 300])
def test_hosts_that_are_refused(host):
    assert settings_errors(changed(smtp={"host": host})) == {"smtp": {"host": HOST}}


def test_a_bad_cron_expression_says_why():
    found = FieldError(
        "validation_invalid_cron",
        "invalid segment value - must be between the min and max of the segment",
    )
    assert settings_errors(changed(backups={"cron": "60 * * * *"})) == {"backups": {"cron": found}}


@pytest.mark.django_db
def test_the_answer_nests_errors_as_the_settings_are_nested():
    save()
    rules = [rule("*:auth"), rule("*:auth")]
    body = {"backups": {"cron": "mon * * * *"}, "rateLimits": {"rules": rules}, "logs": {"maxDays": -1}}
    response = superuser().patch("/api/settings", body, content_type="application/json")
    days = {
        "code": "validation_min_greater_equal_than_required",
        "message": "Must be no less than 0.",
        "params": {"threshold": 0},
    }
    cron = {"code": "validation_invalid_cron", "message": 'Strconv.Atoi: parsing "mon": invalid syntax.'}
    conflict = {
        "code": "validation_conflicting_rate_limit_rule",
        "message": (
            "Rate limit rule configuration with label *:auth already exists or conflicts with another rule."
        ),
        "params": {"label": "*:auth"},
    }
    errors = {
        "backups": {"cron": cron},
        "logs": {"maxDays": days},
        "rateLimits": {"rules": {"1": {"label": conflict}}},
    }
    assert answer(response) == error(400, SAVING_FAILED, errors)

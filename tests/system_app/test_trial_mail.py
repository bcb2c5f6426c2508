"""`POST /api/settings/test/email`: contract/system.md 4.3; the answers are those of PocketBase 0.39.11."""

import json
import re

import jwt
import pytest
from django.core import mail as django_mail
from django.test import Client

from auth_app import events as auth_events
from collections_app.definitions.scaffolds import auth_fields
from platform_app.mail.events import mailer_send
from tests.auth_app.accounts import answer, auth_options, error
from tests.platform_app.mail.servers import mail_server
from tests.system_app.settings_row import LOADING_FAILED, save, superuser

pytestmark = pytest.mark.django_db

URL = "/api/settings/test/email"
FAILED = "Failed to send the test email."
REQUIRED = {"code": "validation_required", "message": "Cannot be blank."}
NO_EMAIL = {"code": "validation_is_email", "message": "Must be a valid email address."}
NO_TEMPLATE = {"code": "validation_in_invalid", "message": "Must be a valid value."}
NO_COLLECTION = {
    "code": "validation_invalid_auth_collection",
    "message": "Must be a valid auth collection id or name.",
}
TOO_LONG = {
    "code": "validation_length_out_of_range",
    "message": "The length must be between 1 and 255.",
    "params": {"max": 255, "min": 1},
}
OTP = {"email": "a@b.co", "template": "otp"}
JSON = "application/json"


@pytest.fixture(autouse=True)
def _defaults(db):
    save()


@pytest.fixture
def root() -> Client:
    return superuser()


def post(client: Client, body, content_type: str = JSON):
    return client.post(URL, body if isinstance(body, str) else json.dumps(body), content_type=content_type)


def test_only_superusers_send_one(bob):
    assert answer(post(Client(), OTP)) == error(401, "The request requires valid record authorization token.")
    assert answer(post(bob, OTP)) == error(
        403, "The authorized record is not allowed to perform this action."
    )
    assert django_mail.outbox == []


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        pytest.param("", {"email": REQUIRED, "template": REQUIRED}, id="no_body"),
        pytest.param("{}", {"email": REQUIRED, "template": REQUIRED}, id="nothing"),
        pytest.param("null", {"email": REQUIRED, "template": REQUIRED}, id="null"),
        pytest.param({"email": "", "template": ""}, {"email": REQUIRED, "template": REQUIRED}, id="empty"),
        pytest.param(
            {"email": None, "template": None, "collection": None},
            {"email": REQUIRED, "template": REQUIRED},
            id="nulls",
        ),
        pytest.param(
            {"EMAIL": "x", "Template": "y"}, {"email": NO_EMAIL, "template": NO_TEMPLATE}, id="case"
        ),
        pytest.param('{"email":"a@b.co"} x', {"template": REQUIRED}, id="more_behind_it"),
        pytest.param({**OTP, "email": "x"}, {"email": NO_EMAIL}, id="no_address"),
        pytest.param({**OTP, "email": "a@b"}, {"email": NO_EMAIL}, id="no_domain"),
        pytest.param({**OTP, "email": " a@b.co "}, {"email": NO_EMAIL}, id="blanks"),
        pytest.param({**OTP, "email": "a@b.co\r\nBcc: c@d.co"}, {"email": NO_EMAIL}, id="another_header"),
        pytest.param({**OTP, "email": "x" * 256 + "@b.co"}, {"email": TOO_LONG}, id="long_address"),
        pytest.param({**OTP, "email": "ü" * 128 + "@b.co"}, {"email": TOO_LONG}, id="bytes_count"),
        pytest.param({**OTP, "template": "OTP"}, {"template": NO_TEMPLATE}, id="upper_case"),
        pytest.param({**OTP, "template": "login-alert "}, {"template": NO_TEMPLATE}, id="blank_behind"),
        pytest.param({**OTP, "collection": "nope"}, {"collection": NO_COLLECTION}, id="no_collection"),
        pytest.param({**OTP, "collection": " "}, {"collection": NO_COLLECTION}, id="blank_collection"),
        pytest.param({**OTP, "collection": "posts"}, {"collection": NO_COLLECTION}, id="no_auth_collection"),
        pytest.param({**OTP, "collection": "x" * 256}, {"collection": TOO_LONG}, id="long_collection"),
    ],
)
def test_what_cannot_be_meant_is_refused(root, make_collection, body, errors):
    make_collection("posts")
    assert answer(post(root, body)) == error(400, FAILED, errors)
    assert django_mail.outbox == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param("{", JSON, id="malformed"),
        pytest.param("[]", JSON, id="list"),
        pytest.param({"email": 1}, JSON, id="number"),
        pytest.param({**OTP, "template": True}, JSON, id="bool"),
        pytest.param({**OTP, "collection": []}, JSON, id="list_inside"),
        pytest.param("email=x", "text/plain", id="type"),
    ],
)
def test_what_cannot_be_read_is_refused(root, body, content_type):
    assert answer(post(root, body, content_type)) == error(400, LOADING_FAILED)


def test_forms_and_xml_are_read_too(root):
    form = post(root, "email=x&template=y&collection=z", "application/x-www-form-urlencoded")
    assert answer(form) == error(
        400, FAILED, {"collection": NO_COLLECTION, "email": NO_EMAIL, "template": NO_TEMPLATE}
    )
    xml = post(root, "<a><Email>x</Email></a>", "text/xml")
    assert answer(xml) == error(400, FAILED, {"email": NO_EMAIL, "template": REQUIRED})


# --- what is sent ---------------------------------------------------------------------------------------

FIELDS = [
    {"type": "text", "name": "username"},
    {"type": "text", "name": "secretive", "hidden": True},
    {"type": "bool", "name": "b"},
    {"type": "number", "name": "n"},
    {"type": "date", "name": "d"},
    {"type": "json", "name": "j"},
    {"type": "select", "name": "s1", "values": ["a"], "maxSelect": 1},
    {"type": "select", "name": "s2", "values": ["a", "b"], "maxSelect": 2},
    {"type": "editor", "name": "ed"},
    {"type": "url", "name": "u"},
    {"type": "geoPoint", "name": "g"},
    {"type": "autodate", "name": "ad", "onCreate": True},
    {"type": "file", "name": "f1", "maxSelect": 1},
    {"type": "file", "name": "f2", "maxSelect": 3},
]
SHOWN = {
    "id": "__pb_test_id__",
    "password": "{RECORD:password}",
    "tokenKey": "{RECORD:tokenKey}",
    "email": "a@b.co",
    "emailVisibility": "false",
    "verified": "false",
    "username": "__pb_test_username__",
    "secretive": "{RECORD:secretive}",
    "b": "false",
    "n": "0",
    "d": "",
    "j": '"__pb_test_j__"',
    "s1": "__pb_test_s1__",
    "s2": "",
    "ed": "__pb_test_ed__",
    "u": "__pb_test_u__",
    "g": '{"lon":0,"lat":0}',
    "ad": "",
    "f1": "__pb_test_f1__",
    "f2": "",
}
BODY = "".join(f"{name}=[{{RECORD:{name}}}]<br>" for name in SHOWN)
TEMPLATE = {
    "subject": "{RECORD:username} at {APP_NAME}",
    "body": f"<p>{BODY}</p><p>T={{TOKEN}}</p><p>O={{OTP}} I={{OTP_ID}}</p><p>A={{ALERT_INFO}}</p>",
}


@pytest.fixture
def members(make_collection):
    options = auth_options(
        verificationTemplate=TEMPLATE,
        resetPasswordTemplate=TEMPLATE,
        confirmEmailChangeTemplate=TEMPLATE,
        otp={"enabled": False, "duration": 180, "length": 8, "emailTemplate": TEMPLATE},
        authAlert={"enabled": False, "emailTemplate": TEMPLATE},
    )
    fields = [*(field.as_json() for field in auth_fields()), *FIELDS]
    return make_collection("members", type="auth", fields=fields, options=options)


@pytest.mark.parametrize(
    ("template", "claims", "code", "alert"),
    [
        pytest.param("verification", {"type": "verification"}, "{OTP}", "{ALERT_INFO}", id="verification"),
        pytest.param(
            "password-reset", {"type": "passwordReset"}, "{OTP}", "{ALERT_INFO}", id="password_reset"
        ),
        pytest.param(
            "email-change",
            {"type": "emailChange", "newEmail": "a@b.co"},
            "{OTP}",
            "{ALERT_INFO}",
            id="email_change",
        ),
        pytest.param("otp", None, "123456", "{ALERT_INFO}", id="otp"),
        pytest.param(
            "login-alert", None, "{OTP}", r"\d{4}-\d\d-\d\d \S+Z - TEST_IP TEST_USER_AGENT", id="alert"
        ),
    ],
)
@pytest.mark.parametrize("by", ["name", "id"])
def test_each_template_is_filled_with_a_made_up_record(root, members, template, claims, code, alert, by):
    body = {"email": "a@b.co", "template": template, "collection": getattr(members, by)}
    response = post(root, body)
    assert (response.status_code, response.content) == (204, b"")
    (message,) = django_mail.outbox
    assert (message.to, message.subject) == (["a@b.co"], "__pb_test_username__ at Acme")
    lines = message.body.split("\n")
    assert lines[: len(SHOWN)] == [f"{name}=[{text}]" for name, text in SHOWN.items()]
    token, codes, told = [line for line in lines[len(SHOWN) :] if line]
    if claims is None:
        assert token == "T={TOKEN}"
    else:
        said = jwt.decode(token[2:], options={"verify_signature": False})
        del said["exp"]
        assert said == {"id": "__pb_test_id__", "email": "a@b.co", "collectionId": members.id, **claims}
    assert codes == ("O=123456 I=_PB_TEST_OTP_ID_" if template == "otp" else "O={OTP} I={OTP_ID}")
    assert code in codes
    assert re.fullmatch(f"A={alert if template == 'login-alert' else re.escape(alert)}", told)


def test_without_a_collection_it_is_that_of_the_superusers(root):
    assert post(root, OTP).status_code == 204
    (message,) = django_mail.outbox
    assert message.subject == "OTP for Acme"
    assert "123456" in message.body


def test_the_hooks_run_in_their_order(root, members, connect):
    seen = []
    connect(
        auth_events.mailer_record_otp_send,
        lambda event, **kwargs: seen.append(("record", event.record.id, event.meta)),
        collection="members",
    )
    connect(mailer_send, lambda event, **kwargs: seen.append(("mail", event.message.to)))
    assert post(root, {**OTP, "collection": "members"}).status_code == 204
    meta = {"otpId": "_PB_TEST_OTP_ID_", "password": "123456"}
    assert seen == [("record", "__pb_test_id__", meta), ("mail", ["a@b.co"])]


# --- what goes wrong ------------------------------------------------------------------------------------


def told(words: str):
    return error(400, f"{FAILED} Raw error: \n{words}.")


def test_the_servers_own_words_reach_the_superuser(root):
    with mail_server() as server:
        save(smtp={"enabled": True, "host": "127.0.0.1", "port": server.port})
        assert post(root, OTP).status_code == 204
        server.refuses = {"a@b.co": "550 5.1.1 no such user <a@b.co>"}
        refused = post(root, OTP)
    assert answer(refused) == told("550 5.1.1 no such user <a@b.co>")
    assert [got.recipients for got in server.received] == [["a@b.co"]]
    port = server.port
    assert answer(post(root, OTP)) == told(
        f"the mail server 127.0.0.1:{port} cannot be reached: Connection refused"
    )


def test_no_mailer_says_where_to_set_one(root, settings, monkeypatch):
    settings.EMAIL_BACKEND = "platform_app.mail.backend.EmailBackend"
    monkeypatch.setattr("platform_app.mail.backend.sendmail_path", lambda: None)
    assert answer(post(root, OTP)) == told(
        "no mailer: set a mail server under smtp in the settings, name an EMAIL_BACKEND in the environment, "
        "or install sendmail"
    )


def test_what_a_receiver_says_is_told_too(root, connect):
    def refuse(event, **kwargs):
        raise RuntimeError("not on Sundays")

    connect(mailer_send, refuse)
    assert answer(post(root, OTP)) == told("not on Sundays")


def test_a_stopped_mail_is_a_success(root, connect):
    def stop(event, **kwargs):
        return
        yield

    connect(mailer_send, stop)
    assert post(root, OTP).status_code == 204
    assert django_mail.outbox == []

"""The screens of the settings: what they save, what they keep to themselves, what they refuse and try."""

import re
import socket
from copy import deepcopy
from html import unescape
from typing import Any

import pytest
from django.core import mail

from admin_ui.page_policy import POLICY
from admin_ui.pages.settings.navigation import ENTRIES
from admin_ui.settings.sections import SECTIONS, value_at
from platform_app.requests.lanes import discover_lanes
from platform_app.runtime_settings.current import current, stored_settings
from platform_app.runtime_settings.shape import DEFAULTS
from platform_app.wire.errors import Forbidden
from system_app.events import settings_list_request, settings_update_request
from system_app.settings.saving import change_settings
from tests.admin_ui.dashboard import EMAIL, sign_in
from tests.admin_ui.forms import fill, send, values_of

pytestmark = pytest.mark.django_db

FORM = "settings-form"
SCREENS = [f"/_/settings/{name}/" for name in SECTIONS]
MAIL, STORAGE, LIMITS = "/_/settings/mail/", "/_/settings/storage/", "/_/settings/rate-limits/"
PROXY, IPS = "/_/settings/trusted-proxy/", "/_/settings/superuser-ips/"
SECRET = "s3cret-that-nobody-sees"


@pytest.fixture
def admin(client, root):
    sign_in(client)
    return client


def stored() -> dict[str, Any]:
    return deepcopy(dict(stored_settings().data))


def told(response) -> list[str]:
    """The errors at inputs."""
    found = re.findall(r'<p class="field-error"[^>]*>(.*?)</p>', response.content.decode(), re.DOTALL)
    return [unescape(re.sub(r"<svg.*?</svg>", "", text)).strip() for text in found]


class TestScreens:
    @pytest.mark.parametrize("path", ["/_/settings/", *SCREENS])
    def test_are_for_superusers(self, client, root, path):
        assert client.get(path).status_code == 302
        assert send(client, path, {"meta.appName": ["x"]}).status_code == 302
        assert stored() == DEFAULTS

    @pytest.mark.parametrize("path", ["/_/settings/", *SCREENS])
    def test_have_nothing_inline(self, admin, path):
        response = admin.get(path)
        assert response["Content-Security-Policy"] == POLICY
        page = response.content.decode()
        assert re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", page) == []

    def test_every_setting_is_on_one(self):
        """What is not on a screen is set nowhere."""
        paths = [path for section in SECTIONS.values() for path in section.paths]
        assert sorted(paths) == sorted(_leaves(DEFAULTS))

    def test_every_section_is_in_the_navigation(self, admin):
        page = admin.get("/_/settings/").content.decode()
        assert [path for path in SCREENS if f'<a href="{path}">' not in page] == []

    @pytest.mark.parametrize("path", SCREENS)
    def test_what_comes_back_as_it_was_changes_nothing(self, admin, path):
        before = stored()
        heard = []
        settings_update_request.connect(
            receiver := lambda event, **_: heard.append(event.info.body), weak=False
        )
        try:
            response = send(admin, path, values_of(admin.get(path), FORM))
        finally:
            settings_update_request.disconnect(receiver)
        assert response.status_code == 302, told(response)
        assert (stored(), heard) == (before, [{}])


def _leaves(settings: dict[str, Any], above: str = "") -> list[str]:
    return [
        path
        for name, value in settings.items()
        for path in (_leaves(value, f"{above}{name}.") if isinstance(value, dict) else [above + name])
    ]


class TestSaving:
    @pytest.mark.parametrize(
        ("path", "sent", "kept"),
        [
            ("application", {"meta__appName": "Fernweh"}, {"meta.appName": "Fernweh"}),
            ("application", {"meta__accentColor": "#0f766e"}, {"meta.accentColor": "#0f766e"}),
            ("application", {"meta__hideControls": "true"}, {"meta.hideControls": True}),
            ("mail", {"smtp__port": "25", "smtp__tls": "true"}, {"smtp.port": 25, "smtp.tls": True}),
            ("mail", {"smtp__authMethod": "LOGIN"}, {"smtp.authMethod": "LOGIN"}),
            ("storage", {"s3__bucket": " files "}, {"s3.bucket": "files"}),
            ("backup-schedule", {"backups__cron": "@daily"}, {"backups.cron": "@daily"}),
            (
                "batch",
                {"batch__enabled": "true", "batch__timeout": "9"},
                {"batch.enabled": True, "batch.timeout": 9},
            ),
            (
                "logs",
                {"logs__minLevel": "-4", "logs__logIP": None},
                {"logs.minLevel": -4, "logs.logIP": False},
            ),
            ("logs", {"logs__maxDays": "0"}, {"logs.maxDays": 0}),
            ("trusted-proxy", {"trustedProxy__headers": "A\r\nB"}, {"trustedProxy.headers": ["A", "B"]}),
            (
                "rate-limits",
                {"rateLimits__excludedIPs": "::1, ::2"},
                {"rateLimits.excludedIPs": ["::1", "::2"]},
            ),
        ],
    )
    def test_changes_just_that(self, admin, path, sent, kept):
        before = stored()
        response = fill(admin, f"/_/settings/{path}/", FORM, **sent)
        assert response.status_code == 302, told(response)
        after = stored()
        assert {name: value_at(after, name) for name in kept} == kept
        for name, value in kept.items():
            *groups, last = name.split(".")
            holder = before
            for group in groups:
                holder = holder[group]
            holder[last] = value
        assert after == before

    def test_what_somebody_else_changed_meanwhile_stays(self, admin):
        mine = values_of(admin.get(MAIL), FORM)
        change_settings({"smtp": {"host": "mail.example.com"}})
        send(admin, MAIL, {**mine, "meta.senderName": ["Fernweh"]})
        assert stored()["smtp"]["host"] == "mail.example.com"
        assert stored()["meta"]["senderName"] == "Fernweh"

    @pytest.mark.parametrize(
        ("path", "sent", "error"),
        [
            ("application", {"meta__appName": ""}, "Fill this in."),
            ("application", {"meta__appURL": "nowhere at all"}, "This is no address of the web."),
            ("application", {"meta__accentColor": "#zzzzzz"}, "This is no colour such as #1055c9."),
            ("mail", {"smtp__port": "many"}, "This has to be a whole number."),
            ("mail", {"smtp__enabled": "true", "smtp__host": ""}, "Fill this in."),
            ("backup-schedule", {"backups__cronMaxKeep": "-1"}, "This has to be 1 or more."),
            (
                "superuser-ips",
                {"superuserIPs": "127.0.0.1\nx"},
                "Line 2: This is no IP address, and no subnet such as 10.0.0.0/8.",
            ),
            ("logs", {"logs__minLevel": "much"}, "This has to be a whole number."),
        ],
    )
    def test_errors_stand_at_their_input(self, admin, path, sent, error):
        before = stored()
        response = fill(admin, f"/_/settings/{path}/", FORM, **sent)
        assert response.status_code == 200
        assert told(response) == [error]
        page = response.content.decode()
        assert "aria-invalid" in page
        assert stored() == before

    def test_what_nobody_types_is_not_looked_at(self, admin, monkeypatch):
        monkeypatch.setattr("admin_ui.settings.forms.lines_in", lambda text: pytest.fail("looked at"))
        response = fill(admin, PROXY, FORM, trustedProxy__headers="x\n" * 20_000)
        assert told(response) == ["This is too long."]

    def test_nothing_typed_is_lost(self, admin):
        response = fill(admin, MAIL, FORM, smtp__port="many", smtp__host="mail.example.com", smtp__tls="true")
        values = values_of(response, FORM)
        assert (values["smtp.port"], values["smtp.host"], values["smtp.tls"]) == (
            ["many"],
            ["mail.example.com"],
            ["true"],
        )

    def test_sections_with_errors_are_marked(self, admin, monkeypatch):
        """What another screen has may keep this one from being saved."""
        broken = {**DEFAULTS, "batch": {**DEFAULTS["batch"], "timeout": -1}}
        monkeypatch.setattr("admin_ui.pages.settings.sections.merged_json", lambda old, changes: broken)
        page = fill(admin, MAIL, FORM, meta__senderName="x").content.decode()
        assert "<code>batch.timeout</code>" in page
        marked = re.findall(r'href="([^"]+)"[^>]*>(?:(?!</a>).)*Something is wrong there', page, re.DOTALL)
        assert marked == ["/_/settings/batch/"]


class TestHooks:
    def test_see_only_what_changed_and_may_refuse(self, admin):
        heard = []

        def refuse(event, **_):
            heard.append((event.info.body, event.info.auth["email"]))
            raise ValueError("not today")
            yield

        settings_update_request.connect(refuse)
        try:
            response = fill(admin, MAIL, FORM, meta__senderName="x")
        finally:
            settings_update_request.disconnect(refuse)
        assert 'class="notice danger" role="alert"' in response.content.decode()
        assert values_of(response, FORM)["meta.senderName"] == ["x"]
        assert heard == [({"meta": {"senderName": "x"}}, EMAIL)]
        assert stored() == DEFAULTS

    def test_that_refuse_leave_what_was_typed(self, admin):
        def refuse(event, **_):
            raise Forbidden("Not on Sundays.")
            yield

        settings_update_request.connect(refuse)
        try:
            response = fill(admin, MAIL, FORM, meta__senderName="typed")
        finally:
            settings_update_request.disconnect(refuse)
        assert "Not on Sundays." in response.content.decode()
        assert values_of(response, FORM)["meta.senderName"] == ["typed"]

    def test_may_hide_settings(self, admin):
        def hide(event, **_):
            del event.settings["smtp"]["host"]
            yield

        settings_list_request.connect(hide)
        try:
            response = admin.get(MAIL)
        finally:
            settings_list_request.disconnect(hide)
        assert values_of(response, FORM)["smtp.host"] == [""]


class TestSecrets:
    @pytest.mark.parametrize(
        ("path", "setting"),
        [
            (MAIL, "smtp.password"),
            (STORAGE, "s3.secret"),
            ("/_/settings/backup-schedule/", "backups.s3.secret"),
        ],
    )
    def test_are_kept_replaced_and_cleared(self, admin, path, setting):
        key = setting.replace(".", "__")
        assert "saved, never shown" not in admin.get(path).content.decode()
        fill(admin, path, FORM, **{key: SECRET})
        assert value_at(stored(), setting) == SECRET
        page = admin.get(path).content.decode()
        assert "saved, never shown" in page
        assert SECRET not in page
        fill(admin, path, FORM)
        assert value_at(stored(), setting) == SECRET
        fill(admin, path, FORM, **{f"clear__{key}": "1"})
        assert value_at(stored(), setting) == ""

    def test_are_not_sent_back_with_an_error(self, admin):
        response = fill(admin, MAIL, FORM, smtp__password=SECRET, smtp__port="many")
        assert SECRET not in response.content.decode()


class TestLimits:
    RULES = (
        ("/api/", "300", "10", ""),
        ("users:create", "5", "60", "@guest"),
        ("", "", "", ""),
        ("*:auth", "2", "3", ""),
    )

    def test_rows_are_saved_in_the_order_in_which_they_count(self, admin):
        response = self._send(admin, self.RULES)
        assert response.status_code == 302, told(response)
        assert stored()["rateLimits"]["rules"] == [
            {"label": "users:create", "audience": "@guest", "duration": 60, "maxRequests": 5},
            {"label": "*:auth", "audience": "", "duration": 3, "maxRequests": 2},
            {"label": "/api/", "audience": "", "duration": 10, "maxRequests": 300},
        ]

    @pytest.mark.parametrize(
        ("rules", "errors"),
        [
            pytest.param([("/api/", "", "1", "")], ["Fill this in."], id="no_number"),
            pytest.param(
                [("what is it", "1", "1", "")], ["This has not the form that it has to have."], id="label"
            ),
            pytest.param(
                [("*:auth", "1", "1", ""), ("*:auth", "2", "2", "")],
                ["There is a rule for *:auth already, or one that means the same."],
                id="twice",
            ),
        ],
    )
    def test_errors_stand_in_their_row(self, admin, rules, errors):
        response = self._send(admin, rules)
        assert (response.status_code, told(response)) == (200, errors)
        assert [*zip(*[values_of(response, FORM)[f"rule.{name}"] for name in _COLUMNS], strict=True)] == rules

    @pytest.mark.parametrize(
        ("button", "labels"),
        [
            ("add", ["*:auth", "*:create", "/api/batch", "/api/", ""]),
            ("1", ["*:auth", "/api/batch", "/api/"]),
        ],
    )
    def test_rows_come_and_go_without_a_script(self, admin, button, labels):
        response = fill(admin, LIMITS, FORM, do=button)
        assert values_of(response, FORM)["rule.label"] == labels
        assert stored() == DEFAULTS

    def test_the_row_goes_whose_button_it_was(self, admin):
        """Whatever is empty before it."""
        columns = zip(("", "", "", ""), ("a:list", "1", "1", ""), ("b:list", "1", "1", ""), strict=True)
        rows = {f"rule__{name}": list(column) for name, column in zip(_COLUMNS, columns, strict=True)}
        response = fill(admin, LIMITS, FORM, **rows, do="2")
        assert values_of(response, FORM)["rule.label"] == ["", "a:list"]

    def test_more_rows_than_anybody_reads_are_refused(self, admin):
        response = self._send(admin, [(f"/a/{at}", "1", "1", "") for at in range(201)])
        assert told(response) == ["More than 200 limits are not saved here."]
        assert stored() == DEFAULTS

    def test_labels_are_completed(self, admin, make_collection):
        make_collection("people", type="auth")
        page = admin.get(LIMITS).content.decode()
        for label in ("*:auth", "people:create", "people:authWithPassword"):
            assert f"<option>{label}</option>" in page
        assert "_superusers:" not in page

    def _send(self, admin, rules):
        columns = zip(*rules, strict=True)
        return fill(
            admin, LIMITS, FORM, **{f"rule__{n}": list(c) for n, c in zip(_COLUMNS, columns, strict=True)}
        )


_COLUMNS = ("label", "maxRequests", "duration", "audience")


class TestLockingOut:
    def test_is_refused_until_it_is_meant(self, admin):
        response = fill(admin, IPS, FORM, superuserIPs="203.0.113.7")
        assert "You would be locked out at once." in response.content.decode()
        assert stored() == DEFAULTS
        values = {**values_of(response, FORM), "may_lock_out": ["1"]}
        assert send(admin, IPS, values).status_code == 302
        assert stored()["superuserIPs"] == ["203.0.113.7"]
        assert admin.get(IPS).status_code == 403

    def test_a_list_with_ones_own_address_is_saved(self, admin):
        assert fill(admin, IPS, FORM, superuserIPs="127.0.0.0/8").status_code == 302
        assert admin.get(IPS).status_code == 200

    def test_by_what_a_proxy_would_say_is_refused(self, admin):
        change_settings({"superuserIPs": ["127.0.0.1"]})
        headers = {"x-forwarded-for": "203.0.113.7"}
        values = {**values_of(admin.get(PROXY), FORM), "trustedProxy.headers": ["X-Forwarded-For"]}
        assert "You would be locked out at once." in send(admin, PROXY, values, headers).content.decode()
        assert stored()["trustedProxy"]["headers"] == []

    def test_ones_own_address_is_added(self, admin):
        response = fill(admin, IPS, FORM, superuserIPs="203.0.113.7", do="127.0.0.1")
        assert values_of(response, FORM)["superuserIPs"] == ["203.0.113.7\n127.0.0.1"]
        assert stored() == DEFAULTS


class TestProxy:
    def test_headers_are_seen_and_suggested(self, admin):
        page = admin.get(PROXY, headers={"x-forwarded-for": "<b>, 203.0.113.7"}).content.decode()
        assert "<dt><code>X-Forwarded-For</code></dt><dd><code>&lt;b&gt;, 203.0.113.7</code></dd>" in page
        assert "This request has X-Forwarded-For, which is not trusted." in page
        assert re.findall(r'<button class="button small seen"[^>]*value="([^"]+)"', page) == [
            "X-Forwarded-For"
        ]

    def test_trusted_ones_resolve_the_address(self, admin):
        change_settings({"trustedProxy": {"headers": ["X-Forwarded-For"]}})
        page = admin.get(PROXY, headers={"x-forwarded-for": "198.51.100.1, 203.0.113.7"}).content.decode()
        assert "<dd><code>203.0.113.7</code></dd>" in page
        assert "not trusted" not in page
        assert "has none of the trusted headers" in admin.get(PROXY).content.decode()


class TestTrials:
    @pytest.mark.parametrize(
        "template", ["verification", "password-reset", "email-change", "otp", "login-alert"]
    )
    def test_a_mail_is_sent_by_template_and_collection(self, admin, make_collection, template):
        make_collection("people", type="auth")
        response = self._mail(admin, email="lena@example.com", template=template, collection="people")
        assert "took the mail to lena@example.com." in response.content.decode()
        assert [message.to for message in mail.outbox] == [["lena@example.com"]]

    def test_the_address_is_remembered(self, admin):
        assert values_of(admin.get(MAIL), "trial")["email"] == [EMAIL]
        self._mail(admin, email="lena@example.com", template="otp", collection="_superusers")
        assert values_of(admin.get(MAIL), "trial")["email"] == ["lena@example.com"]

    @pytest.mark.parametrize(
        ("name", "value"), [("email", "nobody"), ("template", "x"), ("collection", "nothing")]
    )
    def test_what_cannot_be_meant_is_told(self, admin, name, value):
        sent = {"email": EMAIL, "template": "otp", "collection": "_superusers", name: value}
        response = self._mail(admin, **sent)
        assert len(told(response)) == 1
        assert mail.outbox == []

    def test_what_a_mail_server_says_is_told(self, admin):
        change_settings({"smtp": {"enabled": True, "host": "127.0.0.1", "port": 1}})
        response = self._mail(admin, email=EMAIL, template="otp", collection="_superusers")
        assert "It failed:" in response.content.decode()

    def test_a_mail_server_that_hangs_is_given_up(self, admin, monkeypatch):
        monkeypatch.setattr("admin_ui.pages.settings.trials.MOST_SECONDS", 0.2)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            change_settings({"smtp": {"enabled": True, "host": "127.0.0.1", "port": silent.getsockname()[1]}})
            response = self._mail(admin, email=EMAIL, template="otp", collection="_superusers")
        assert "the mail server did not answer within 0.2 s at a greeting" in response.content.decode()

    @pytest.mark.parametrize("path", [STORAGE, "/_/settings/backup-schedule/"])
    def test_a_bucket_that_cannot_be_reached_says_so(self, admin, path):
        assert "No bucket is in use." in admin.get(path).content.decode()
        bucket = {
            "enabled": True,
            "bucket": "b",
            "region": "r",
            "endpoint": "http://127.0.0.1:1",
            "accessKey": "a",
            "secret": "s",
        }
        change_settings({"s3": bucket, "backups": {"s3": bucket}})
        page = fill(admin, path, "trial", **{"try": "1"}).content.decode()
        assert "It failed:" in page
        assert "failed to upload a test file" in page

    @pytest.mark.parametrize("path", [MAIL, STORAGE, "/_/settings/backup-schedule/"])
    def test_what_waits_for_others_has_its_lane(self, path):
        scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
        assert discover_lanes().entry_of(scope, 0).lane == "waiting"

    def _mail(self, admin, **values):
        return fill(admin, MAIL, "trial", **values, **{"try": "1"})


def test_controls_are_not_offered_while_they_are_hidden(admin, monkeypatch):
    from dataclasses import replace

    from admin_ui.pages.settings import navigation

    hidden = tuple((title, tuple(replace(one, is_control=True) for one in group)) for title, group in ENTRIES)
    monkeypatch.setattr(navigation, "ENTRIES", hidden)
    assert 'href="/_/settings/mail/"' in admin.get("/_/settings/").content.decode()
    change_settings({"meta": {"hideControls": True}})
    assert 'href="/_/settings/mail/"' not in admin.get("/_/settings/").content.decode()
    assert current().meta.hides_controls

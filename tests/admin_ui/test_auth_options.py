"""How the records of a collection sign in: methods, providers with their secrets, mails and tokens."""

import re
from html import unescape
from typing import Any

import pytest

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.definitions.scaffolds import auth_options
from system_app.settings import trial_mail
from tests.admin_ui.dashboard import FORM, sign_in
from tests.auth_app.accounts import join

pytestmark = pytest.mark.django_db

EDIT = "/_/collections/members/edit/"
AUTH, MAILS = f"{EDIT}auth/", f"{EDIT}mails/"


@pytest.fixture
def admin(client, root, make_members):
    make_members(**auth_options())
    sign_in(client)
    return client


def members() -> Collection:
    found = find_collection("members")
    assert found is not None
    return found


def filled(page: str) -> dict[str, Any]:
    """What a browser would send of the editor's form if nobody touched it."""
    form = page[page.index('id="editor-form"') : page.index("</form>", page.index('id="editor-form"'))]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "form=" in tag or "name" not in given or given["name"] == "csrfmiddlewaretoken":
            continue
        if given.get("type") == "checkbox":
            if " checked" in tag:
                sent.setdefault(given["name"], []).append(given["value"])
        else:
            sent[given["name"]] = unescape(given.get("value", ""))
    for name, text in re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        sent[name] = (
            text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
        )
    for name, options in re.findall(r'<select id="o-[^"]+" name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        sent[name] = chosen.group(1) if chosen else ""
    return sent


def save(admin, address: str, **changed: Any):
    sent = filled(admin.get(address).content.decode())
    for name, value in changed.items():
        path = name.replace("__", ".")
        if value is None:
            sent.pop(path, None)
        else:
            sent[path] = value
    return admin.post(address, sent)


def errors(response) -> list[str]:
    page = response.content.decode()
    found = re.findall(r'<p class="field-error[^"]*" id="([^"]+)-error">.*?</svg>(.*?)</p>', page, re.DOTALL)
    return [f"{where}: {text}" for where, text in found]


class TestSigningIn:
    def test_saving_the_form_untouched_changes_nothing(self, admin):
        before = members().options
        assert save(admin, AUTH).status_code == 302
        assert members().options == before

    def test_options_are_saved(self, admin):
        response = save(
            admin, AUTH, otp__enabled="true", otp__duration="60", otp__length="6", authAlert__enabled=None
        )
        assert (response.status_code, response["location"]) == (302, AUTH)
        auth = members().auth
        assert (auth.otp.enabled, auth.otp.duration_seconds, auth.otp.length) == (True, 60, 6)
        assert auth.alert_enabled is False

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            (
                {"otp__enabled": "true", "otp__duration": "soon"},
                ["o-otp-duration: A whole number is needed."],
            ),
            (
                {"otp__enabled": "true", "otp__duration": "1"},
                ["o-otp-duration: Must be no less than 10."],
            ),
            (
                {"mfa__enabled": "true", "otp__enabled": None},
                ["o-mfa-enabled: MFA requires at least 2 auth methods to be enabled."],
            ),
            (
                {"mfa__enabled": "true", "otp__enabled": "true", "mfa__rule": "nothing = 1"},
                [
                    "o-mfa-rule: Invalid rule. Raw error: invalid left operand "
                    "&quot;nothing&quot; - unknown field &quot;nothing&quot;"
                ],
            ),
            ({"passwordAuth__identityFields": None}, ["o-passwordAuth-identityFields: Cannot be blank."]),
        ],
        ids=["no_number", "too_short", "too_few", "rule", "no_identity"],
    )
    def test_what_is_refused_stands_where_it_was_made(self, admin, changed, told):
        before = members().options
        response = save(admin, AUTH, **changed)
        assert response.status_code == 200
        assert errors(response) == told
        assert members().options == before

    def test_another_rule_for_the_second_factor_is_reviewed(self, admin):
        changed = {"mfa__enabled": "true", "otp__enabled": "true", "mfa__rule": "verified = true"}
        response = save(admin, AUTH, **changed)
        assert "Review the changes" in response.content.decode()
        assert members().auth.mfa.enabled is False

    def test_identities_are_visible_fields_with_an_index_of_their_own(self, admin):
        page = admin.get(AUTH).content.decode()
        offered = re.findall(r'name="passwordAuth.identityFields" value="(\w+)"', page)
        assert "email" in offered
        assert "tokenKey" not in offered
        assert "id" not in offered

    def test_superusers_have_fewer(self, admin):
        page = admin.get("/_/collections/_superusers/edit/auth/").content.decode()
        assert "oauth2.enabled" not in page
        assert "otp.enabled" in page
        page = admin.get("/_/collections/_superusers/edit/mails/").content.decode()
        assert "verificationTemplate" not in page
        assert "emailChangeToken" not in page
        assert "authToken.duration" in page

    @pytest.mark.parametrize("address", ["authors/edit/auth/", "authors/edit/mails/", "nothing/edit/auth/"])
    def test_other_types_have_none(self, admin, make_collection, address):
        make_collection("authors")
        assert admin.get(f"/_/collections/{address}").status_code == 404


class TestProviders:
    def add(self, admin, name: str, **values: str):
        address = f"{AUTH}providers/{name}/"
        given = {"clientId": f"{name}-id", "clientSecret": f"{name}-secret", **values}
        return save(admin, address, **{key.replace(".", "__"): text for key, text in given.items()})

    def stored(self) -> dict[str, Any]:
        return {one.name: one for one in members().auth.oauth2.providers}

    def test_the_first_turns_oauth2_on_and_the_last_off(self, admin):
        assert members().auth.oauth2.enabled is False
        assert self.add(admin, "google").status_code == 302
        assert members().auth.oauth2.enabled is True
        assert admin.post(f"{AUTH}providers/google/remove/").status_code == 302
        assert (members().auth.oauth2.enabled, self.stored()) == (False, {})

    def test_secrets_stay_with_their_providers(self, admin):
        for name in ("google", "github", "gitlab"):
            self.add(admin, name)
        admin.post(f"{AUTH}providers/google/remove/")
        assert {name: one.client_secret for name, one in self.stored().items()} == {
            "github": "github-secret",
            "gitlab": "gitlab-secret",
        }

    def test_a_secret_is_never_shown_and_kept_when_it_is_left_empty(self, admin):
        self.add(admin, "google")
        address = f"{AUTH}providers/google/"
        assert "google-secret" not in admin.get(address).content.decode()
        save(admin, address, clientId="other")
        assert (self.stored()["google"].client_id, self.stored()["google"].client_secret) == (
            "other",
            "google-secret",
        )

    def test_options_of_openid_connect(self, admin):
        self.add(
            admin,
            "oidc",
            displayName="Ours",
            authURL="https://id.example/auth",
            tokenURL="https://id.example/token",
            pkce="off",
            **{"extra.jwksURL": "https://id.example/keys", "extra.issuers": "https://id.example\r\n\r\nb"},
        )
        stored = self.stored()["oidc"]
        assert (stored.display_name, stored.auth_url, stored.pkce) == (
            "Ours",
            "https://id.example/auth",
            False,
        )
        assert stored.extra == {"jwksURL": "https://id.example/keys", "issuers": ["https://id.example", "b"]}
        save(admin, f"{AUTH}providers/oidc/", extra__issuers="", pkce="")
        assert self.stored()["oidc"].extra == {"jwksURL": "https://id.example/keys"}
        assert self.stored()["oidc"].pkce is None

    def test_extras_of_one_are_not_taken_for_those_of_the_next(self, admin):
        self.add(admin, "oidc", **{"extra.jwksURL": "https://id.example/keys"})
        self.add(admin, "oidc2", **{"extra.issuers": "https://id.example"})
        admin.post(f"{AUTH}providers/oidc/remove/")
        assert dict(self.stored()["oidc2"].extra) == {"issuers": ["https://id.example"]}

    def test_what_is_refused_stands_where_it_was_made(self, admin):
        self.add(admin, "google")
        response = self.add(admin, "gitlab", authURL="nowhere", clientId="")
        assert errors(response) == ["o-clientId: Cannot be blank.", "o-authURL: Must be a valid URL."]
        assert set(self.stored()) == {"google"}

    def test_those_that_are_offered(self, admin):
        self.add(admin, "google")
        page = admin.get(f"{AUTH}providers/").content.decode()
        offered = re.findall(r"/edit/auth/providers/(\w+)/", page)
        assert "google" not in offered
        assert {"github", "oidc", "apple"} <= set(offered)
        page = admin.get(f"{AUTH}providers/?q=gitH").content.decode()
        assert re.findall(r"/edit/auth/providers/(\w+)/", page) == ["github"]
        assert "Nothing matches" in admin.get(f"{AUTH}providers/?q=xyz").content.decode()

    @pytest.mark.parametrize("address", ["nothing/", "nothing/remove/", "google/remove/"])
    def test_those_that_there_are_not(self, admin, address):
        assert admin.get(f"{AUTH}providers/{address}").status_code == 404

    def test_one_that_lacks_something_says_so(self, admin):
        self.add(admin, "oidc")
        assert (
            "is missing: address of the consent page, address for tokens" in admin.get(AUTH).content.decode()
        )

    def test_what_apple_refuses(self, admin):
        response = save(admin, f"{AUTH}providers/apple/", do="secret", clientId="x")
        assert "teamId: Cannot be blank." in response.content.decode()
        assert self.stored() == {}

    def test_the_secret_for_apple(self, admin):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        made = {"apple__teamId": "A" * 10, "apple__keyId": "B" * 10, "apple__privateKey": key.decode()}
        response = save(admin, f"{AUTH}providers/apple/", do="secret", clientId="x", **made)
        page = response.content.decode()
        secret = re.search(r'name="clientSecret" value="([\w.-]+)"', page)
        assert secret is not None
        assert secret.group(1).count(".") == 2
        assert "PRIVATE KEY-----\n" not in page


class TestMails:
    def test_saving_the_form_untouched_changes_nothing(self, admin):
        before = members().options
        assert save(admin, MAILS).status_code == 302
        assert members().options == before

    def test_a_template_is_saved(self, admin):
        save(
            admin,
            MAILS,
            verificationTemplate__subject="Hi {RECORD:name}",
            otp__emailTemplate__body="<p>{OTP}",
        )
        assert members().auth.verification_mail.subject == "Hi {RECORD:name}"
        assert members().auth.otp.mail.body == "<p>{OTP}"

    def test_an_empty_one_is_refused(self, admin):
        response = save(admin, MAILS, otp__emailTemplate__subject="")
        assert errors(response) == ["o-otp-emailTemplate-subject: Cannot be blank."]

    def test_tokens_end_when_they_are_told_to(self, admin):
        before = members().auth
        save(admin, MAILS, authToken__secret="true", authToken__duration="1000")
        after = members().auth
        assert after.auth_token.duration_seconds == 1000
        assert len(after.auth_token.secret) == 50
        assert after.auth_token.secret != before.auth_token.secret
        assert after.file_token == before.file_token

    def test_a_preview_is_about_a_record_and_runs_nothing(self, admin):
        join("members", "ada000000000001", email="ada@example.com", username="<Ada>")
        sent = filled(admin.get(MAILS).content.decode())
        sent["verificationTemplate.subject"] = "For <{RECORD:username}>"
        sent["verificationTemplate.body"] = "<b>{RECORD:email}</b> {TOKEN}<script>alert(1)</script>"
        response = admin.post(f"{MAILS}verification/preview/", sent)
        page = response.content.decode()
        assert "<b>ada@example.com</b> TOKEN" in page
        assert "<title>For &lt;" in page
        assert response["content-security-policy"].startswith("sandbox; default-src 'none'")

    def test_a_preview_without_records(self, admin):
        response = admin.post(f"{MAILS}otp/preview/", {"otp.emailTemplate.body": "{OTP}"})
        assert "123456" in response.content.decode()

    @pytest.mark.parametrize("name", ["nothing", "verificationTemplate"])
    def test_a_preview_of_what_there_is_not(self, admin, name):
        assert admin.post(f"{MAILS}{name}/preview/").status_code == 404

    def test_a_trial_mail(self, admin, monkeypatch):
        sent = []
        monkeypatch.setattr("admin_ui.pages.collection_auth.send_trial_mail", sent.append)
        admin.post(f"{MAILS}trial/", "template=otp&email=a%40example.com", content_type=FORM)
        assert sent == [trial_mail.TrialMail("a@example.com", "otp", "members")]

    def test_a_trial_mail_that_cannot_be(self, admin):
        admin.post(f"{MAILS}trial/", "template=no&email=a", content_type=FORM)
        page = admin.get(MAILS).content.decode()
        assert "email: Must be a valid email address." in page
        assert "template: Must be a valid value." in page


def test_hidden_controls_hide_them(admin, monkeypatch):
    from platform_app.runtime_settings.shape import DEFAULTS
    from system_app.settings.saving import save_settings

    save_settings({**DEFAULTS, "meta": {**DEFAULTS["meta"], "hideControls": True}})
    assert admin.get(AUTH).status_code == 403
    assert admin.post(f"{AUTH}providers/google/", {"clientId": "x"}).status_code == 403

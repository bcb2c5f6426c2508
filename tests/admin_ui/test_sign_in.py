"""Signing in to the dashboard is signing in to `_superusers` (contract/auth.md 3, 5, 8, 9; system.md 10)."""

import json
import logging
import re

import pytest
from django.core import mail
from django.test import Client

from admin_ui import sign_in as sign_in_form
from admin_ui.sessions import BACKEND
from auth_app import superusers
from auth_app.events import (
    record_auth_request,
    record_auth_with_password_request,
    record_request_otp_request,
)
from auth_app.tokens import issue_auth_token
from collections_app import passwords
from collections_app.catalog import forget_catalog
from collections_app.models import StoredCollection
from platform_app.wire.errors import BadRequest, FieldError, Forbidden, TooManyRequests
from tests.admin_ui.dashboard import EMAIL, LOGIN, hidden, is_in, send_form, sessions, sign_in, told
from tests.auth_app.accounts import (
    PASSWORD,
    change_superuser_options,
    join,
    plant,
    post,
    rows_of,
    stored,
)
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

FAILED = "Failed to authenticate."
API = "_superusers/auth-with-password"


def sign_in_to_the_api(client, password=PASSWORD):
    return post(client, API, {"identity": EMAIL, "password": password})


def store_options(**changes):
    """Options as they may stand in a database, whatever the checks say of them."""
    row = StoredCollection.objects.get(name="_superusers")
    row.options = {**row.options, **changes}
    row.save()
    forget_catalog()


class TestCredentials:
    def test_right_ones_open_the_dashboard(self, client, root):
        response = sign_in(client)
        assert (response.status_code, response["location"], is_in(client)) == (302, "/_/", True)

    @pytest.mark.parametrize(
        ("username", "password", "expected"),
        [
            pytest.param(EMAIL, "wrong", [FAILED], id="wrong"),
            pytest.param("nobody@example.com", PASSWORD, [FAILED], id="unknown"),
            pytest.param("ROOT@example.com", PASSWORD, [FAILED], id="other_case"),
            pytest.param(f" {EMAIL}", PASSWORD, [FAILED], id="a_blank_counts"),
            pytest.param(EMAIL, f"{PASSWORD} ", [FAILED], id="so_does_one_in_the_password"),
            pytest.param("", "", ["This field is required."] * 2, id="empty"),
            pytest.param(
                "x" * 256, PASSWORD, ["The length must be between 1 and 255."], id="identity_too_long"
            ),
            pytest.param(EMAIL, "ä" * 128, ["The length must be between 1 and 255."], id="password_too_long"),
            pytest.param(f"{EMAIL}\0", PASSWORD, ["Null characters are not allowed."], id="nul"),
        ],
    )
    def test_others_are_told_so(self, client, root, username, password, expected):
        response = sign_in(client, username, password)
        errors = [error for error in told(response) if not error.startswith("Please correct")]
        assert (response.status_code, errors, is_in(client), sessions()) == (200, expected, False, 0)

    def test_an_unknown_account_costs_a_comparison_too(self, client, root, monkeypatch):
        compared = []
        matches = passwords.matches
        monkeypatch.setattr(passwords, "matches", lambda *texts: compared.append(1) or matches(*texts))
        sign_in(client, "nobody@example.com")
        sign_in(client, EMAIL, "wrong")
        assert len(compared) == 2

    def test_any_identity_field_will_do(self, client, root):
        store_options(passwordAuth={"enabled": True, "identityFields": ["tokenKey", "email"]})
        assert ">TokenKey or email<" in client.get(LOGIN).content.decode()
        assert sign_in(client, root.tokenKey).status_code == 302

    def test_a_password_that_changes_meanwhile_opens_nothing(self, client, root, monkeypatch):
        find = sign_in_form.find_record_by_token

        def find_and_change(*args):
            found = find(*args)
            superusers.change_password(EMAIL, "another password")  # by somebody else, just now
            return found

        monkeypatch.setattr(sign_in_form, "find_record_by_token", find_and_change)
        assert sign_in(client).status_code == 200
        assert (is_in(client), sessions()) == (False, 0)

    def test_passwords_may_be_switched_off(self, client, root):
        store_options(passwordAuth={"enabled": False, "identityFields": ["email"]})
        response = sign_in(client)
        assert told(response) == ["The collection is not configured to allow password authentication."]
        assert not is_in(client)

    def test_a_token_does_not_open_it(self, root):
        token = issue_auth_token(stored("_superusers", root.id))
        assert not is_in(Client(headers={"authorization": token}))


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "opens"),
        [
            pytest.param("", True, id="everybody"),
            pytest.param("verified = true && @request.context = 'password'", True, id="satisfied"),
            pytest.param("@request.headers.x_door = 'dashboard'", True, id="headers"),
            pytest.param("verified = false", False, id="not_satisfied"),
            pytest.param(None, False, id="nobody"),
        ],
    )
    def test_auth_rule(self, client, root, rule, opens):
        store_options(authRule=rule)
        response = sign_in(client, **{"x-door": "dashboard"})
        assert is_in(client) is opens
        assert response.status_code == (302 if opens else 200)
        if not opens:
            refusal = "The request doesn't satisfy the collection requirements to authenticate."
            assert told(response) == [refusal]

    @pytest.mark.parametrize(
        ("rule", "opens"),
        [("", False), ("email = 'root@example.com'", False), ("email = 'b@example.com'", True)],
        ids=["everybody", "this_one", "another"],
    )
    def test_a_password_alone_is_not_two_factors(self, client, root, rule, opens):
        change_superuser_options(otp={"enabled": True}, mfa={"rule": rule})
        response = sign_in(client)
        assert (response.status_code == 302, is_in(client)) == (opens, opens)
        if not opens:
            assert "A code is on its way to you by mail." in response.content.decode()

    def test_the_code_from_the_mail_opens_it_once(self, client, root):
        change_superuser_options(otp={"enabled": True})
        values = hidden(sign_in(client))
        code = re.search(r"\d{8}", mail.outbox[0].body)[0]
        assert told(send_form(client, LOGIN, **values, code="0")) == ["Invalid or expired OTP."]
        response = send_form(client, LOGIN, **values, code=code)
        assert (response.status_code, response["location"], is_in(client)) == (302, "/_/", True)
        other = Client()
        assert told(send_form(other, LOGIN, **values, code=code)) == ["Invalid or expired OTP."]
        assert not is_in(other)

    def test_so_does_one_that_was_made_on_the_server(self, client, root):
        change_superuser_options(otp={"enabled": True})
        values = hidden(sign_in(client))
        made = superusers.create_code(EMAIL)
        send_form(client, LOGIN, **{**values, "otp_id": made.otp_id}, code=made.password)
        assert is_in(client)

    def test_a_code_alone_is_not_two_factors(self, client, root):
        change_superuser_options(otp={"enabled": True})
        made = superusers.create_code(EMAIL)
        values = {"otp_id": made.otp_id, "code": made.password, "mfa_id": "unknown00000000"}
        assert told(send_form(client, LOGIN, **values)) == ["Invalid or expired MFA session."]
        assert not is_in(client)

    def test_what_a_hook_says_of_the_code_is_told(self, client, root, connect):
        def refuse(event, **kwargs):
            raise Forbidden("No codes today.")

        change_superuser_options(otp={"enabled": True})
        connect(record_request_otp_request, refuse)
        assert told(sign_in(client)) == ["No codes today."]

    def test_who_cannot_get_a_code_is_told_so(self, client, root):
        store_options(mfa={"enabled": True, "duration": 600, "rule": ""})
        response = sign_in(client)
        assert "second factor" in told(response)[0]
        assert "manage.py superuser one-factor" in told(response)[0]

    def test_a_wrong_password_does_not_tell_of_the_second_factor(self, client, root):
        change_superuser_options(otp={"enabled": True})
        assert told(sign_in(client, EMAIL, "wrong")) == [FAILED]

    def test_the_second_factor_cannot_be_named_in_the_address(self, client, root):
        change_superuser_options(otp={"enabled": True})
        collection = superusers.superusers_collection()
        opened = plant(
            "_mfas",
            collectionRef=collection.id,
            recordRef=root.id,
            method="otp",
            created="2099-01-01 00:00:00.000Z",
        )
        assert sign_in(client, path=f"{LOGIN}?mfaId={opened.id}").status_code == 200
        assert not is_in(client)


class TestAnotherCode:
    def test_is_sent_to_who_gave_the_password(self, client, root):
        change_superuser_options(otp={"enabled": True})
        values = hidden(sign_in(client))
        response = send_form(client, LOGIN, **values, again="1")
        assert [message.to for message in mail.outbox] == [[EMAIL], [EMAIL]]
        again = hidden(response)
        assert (again["mfa_id"] == values["mfa_id"], again["otp_id"] == values["otp_id"]) == (True, False)
        code = re.search(r"\d{8}", mail.outbox[1].body)[0]
        assert send_form(client, LOGIN, **again, code=code).status_code == 302
        assert is_in(client)

    def test_that_is_refused_leaves_the_last_one(self, client, root, connect):
        def refuse(event, **kwargs):
            raise TooManyRequests

        change_superuser_options(otp={"enabled": True})
        values = hidden(sign_in(client))
        connect(record_request_otp_request, refuse)
        response = send_form(client, LOGIN, **values, again="1")
        assert hidden(response) == values
        assert len(told(response)) == 1

    def test_nobody_elses_address_is_written_to(self, client, root):
        """The session says whose code it is, whatever the form says."""
        superusers.create_superuser("other@example.com", PASSWORD)
        change_superuser_options(otp={"enabled": True})
        values = hidden(sign_in(client))
        send_form(client, LOGIN, **values, email="other@example.com", again="1")
        assert [message.to for message in mail.outbox] == [[EMAIL], [EMAIL]]


class TestCodesAlone:
    @pytest.fixture(autouse=True)
    def _codes_alone(self, root):
        change_superuser_options(otp={"enabled": True})
        store_options(
            passwordAuth={"enabled": False, "identityFields": ["email"]},
            mfa={"enabled": False, "duration": 600, "rule": ""},
        )

    def test_open_the_dashboard(self, client):
        assert 'name="password"' not in client.get(LOGIN).content.decode()
        sent = send_form(client, LOGIN, email=EMAIL)
        otp_id = re.search(r'name="otp_id" value="(\w+)"', sent.content.decode())[1]
        code = re.search(r"\d{8}", mail.outbox[0].body)[0]
        response = send_form(client, LOGIN, mfa_id="", email=EMAIL, otp_id=otp_id, code=code)
        assert (response.status_code, is_in(client)) == (302, True)

    def test_say_the_same_of_an_address_that_nobody_has(self, client):
        pages = [send_form(client, LOGIN, email=email) for email in (EMAIL, "nobody@example.com")]
        said = [re.search(r'role="status">(.*?)</p>', page.content.decode())[1] for page in pages]
        assert said[0] == said[1]
        assert len(mail.outbox) == 1

    def test_go_to_no_address_that_is_none(self, client):
        assert told(send_form(client, LOGIN, email="nobody")) == ["Enter a valid email address."]


def test_a_link_may_fill_in_a_demonstration(client, root):
    page = client.get(f"{LOGIN}?demoEmail=demo%22%40example.com&demoPassword=12345678").content.decode()
    assert 'value="demo&quot;@example.com"' in page
    assert 'value="12345678"' in page
    assert 'value="1234567890"' not in sign_in(client, EMAIL, "wrong").content.decode()


class TestLimits:
    @pytest.mark.parametrize(
        "label",
        [
            "_superusers:authWithPassword",
            "*:authWithPassword",
            "_superusers:auth",
            "*:auth",
            "POST /_/login/",
        ],
    )
    def test_attempts_are_counted_together_with_those_at_the_api(self, client, root, label):
        rule = {"label": label, "audience": "@guest", "duration": 60, "maxRequests": 2}
        save(rateLimits={"enabled": True, "rules": [rule]})
        answers = [sign_in(client, EMAIL, "wrong") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert told(answers[-1]) == ["Too many attempts. Wait a little and try again."]
        assert answers[-1]["content-type"].startswith("text/html")
        # A path is the door's own; what the door does is not.
        assert sign_in_to_the_api(client).status_code == (200 if "/" in label else 429)
        assert client.get(LOGIN).status_code == 200

    def test_no_password_is_compared_beyond_the_limit(self, client, root, monkeypatch):
        rule = {"label": "*:auth", "audience": "", "duration": 60, "maxRequests": 1}
        save(rateLimits={"enabled": True, "rules": [rule]})
        sign_in(client, EMAIL, "wrong")
        monkeypatch.setattr(passwords, "matches", lambda *texts: pytest.fail("compared"))
        assert sign_in(client).status_code == 429


class TestHooks:
    def test_they_get_the_same_events_as_at_the_api(self, client, root, connect):
        seen = []

        def note(event, **kwargs):
            fields = {**vars(event)}
            info, record = fields.pop("info"), fields.pop("record")
            fields.pop("token", None)
            fields["collection"] = fields["collection"].name
            request = (info.method, info.context, dict(info.query), dict(info.body), info.auth)
            seen.append((type(event), fields, request, record.id, info.headers["x_door"]))

        for hook in (record_auth_with_password_request, record_auth_request):
            connect(hook, lambda event, **kwargs: note(event), collection="_superusers")
        sign_in(client, **{"x-door": "1"})
        at_the_dashboard = seen.copy()
        seen.clear()
        post(client, API, {"identity": EMAIL, "password": PASSWORD}, **{"x-door": "1"})
        assert len(seen) == 2
        assert at_the_dashboard == seen

    @pytest.mark.parametrize("hook", [record_auth_with_password_request, record_auth_request])
    @pytest.mark.parametrize(
        ("refusal", "expected", "is_logged"),
        [
            pytest.param(Forbidden("Closed on Sundays."), "Closed on Sundays.", False, id="words"),
            pytest.param(
                BadRequest("No.", {"identity": FieldError("x", "not you")}), "Not you.", False, id="field"
            ),
            pytest.param(BadRequest("No.", {"x": FieldError("x", "y")}), "No.", False, id="other_field"),
            pytest.param(
                OSError("disk"),
                "Something went wrong while processing your request.",
                True,
                id="failure",
            ),
        ],
    )
    def test_their_refusals_are_told(self, client, root, connect, caplog, hook, refusal, expected, is_logged):
        def refuse(event, **kwargs):
            raise refusal

        connect(hook, refuse, collection="_superusers")
        response = sign_in(client)
        assert (response.status_code, expected in told(response)) == (200, True)
        assert (is_in(client), sessions()) == (False, 0)
        assert bool([entry for entry in caplog.records if entry.levelno >= logging.ERROR]) is is_logged

    def test_what_comes_after_the_answer_may_refuse_too(self, client, root, connect):
        def around(event, **kwargs):
            yield
            raise Forbidden("Too late.")

        connect(record_auth_request, around, collection="_superusers")
        assert (told(sign_in(client)), is_in(client)) == (["Too late."], False)

    def test_a_chain_that_stops_opens_nothing(self, client, root, connect):
        def stop(event, **kwargs):
            return
            yield

        connect(record_auth_request, stop, collection="_superusers")
        assert told(sign_in(client)) == ["You are not allowed to perform this request."]
        assert not is_in(client)

    @pytest.mark.parametrize("of_whom", ["nobody", "a_member", "another_superuser"])
    def test_the_session_is_of_whom_the_token_is(self, client, root, connect, make_members, of_whom):
        other = join("_superusers", "other0000000001", email="other@example.com")
        make_members()
        tokens = {"nobody": "", "another_superuser": issue_auth_token(other)}
        tokens["a_member"] = issue_auth_token(join("members", root.id))  # with the id of a superuser

        def exchange(event, **kwargs):
            event.token = tokens[of_whom]

        connect(record_auth_request, exchange, collection="_superusers")
        sign_in(client)
        assert client.session.get("_auth_user_id") == (other.id if of_whom == "another_superuser" else None)


class TestPlaces:
    @pytest.fixture(autouse=True)
    def _alerting(self, root):
        change_superuser_options(authAlert={"enabled": True})

    def test_a_new_one_is_remembered_and_reported(self, client, root):
        for agent in ("first", "second", "second"):
            assert sign_in(client, **{"user-agent": agent}).status_code == 302
        assert [message.to for message in mail.outbox] == [[EMAIL]]
        assert rows_of("_authOrigins").filter(recordRef=root.id).count() == 2
        # The API knows them too.
        post(client, API, {"identity": EMAIL, "password": PASSWORD}, **{"user-agent": "second"})
        assert len(mail.outbox) == 1

    def test_a_wrong_password_comes_from_nowhere(self, client, root):
        sign_in(client, EMAIL, "wrong")
        assert not rows_of("_authOrigins").filter(recordRef=root.id).exists()


class TestAddressList:
    @pytest.mark.parametrize(("ips", "opens"), [(["127.0.0.0/8"], True), (["10.0.0.1"], False)])
    def test_only_from_a_listed_address(self, client, root, ips, opens):
        save(superuserIPs=ips)
        response = sign_in(client)
        assert (response.status_code, is_in(client)) == ((302, True) if opens else (403, False))
        if not opens:
            assert told(response) == ["Superusers may not act from your address."]

    def test_no_password_is_compared_elsewhere(self, client, root, monkeypatch):
        save(superuserIPs=["10.0.0.1"])
        monkeypatch.setattr(passwords, "matches", lambda *texts: pytest.fail("compared"))
        assert sign_in(client).status_code == 403

    def test_the_address_is_what_a_trusted_proxy_says(self, client, root):
        save(superuserIPs=["10.0.0.1"], trustedProxy={"headers": ["X-Forwarded-For"]})
        assert sign_in(client, **{"x-forwarded-for": "10.0.0.1"}).status_code == 302


class TestWhereToNext:
    @pytest.mark.parametrize(
        ("target", "expected"),
        [
            pytest.param("/_/password_change/", "/_/password_change/", id="ours"),
            pytest.param("https://evil.example/", "/_/", id="elsewhere"),
            pytest.param("//evil.example/", "/_/", id="without_scheme"),
            pytest.param("/\\evil.example/", "/_/", id="backslash"),
            pytest.param("javascript:alert(1)", "/_/", id="script"),
            pytest.param("http:///evil.example", "/_/", id="three_slashes"),
            pytest.param("\thttps://evil.example", "/_/", id="control_character"),
        ],
    )
    @pytest.mark.parametrize("in_form", [True, False], ids=["form", "address"])
    def test_only_to_this_host(self, client, root, target, expected, in_form):
        if in_form:
            response = send_form(client, LOGIN, username=EMAIL, password=PASSWORD, next=target)
        else:
            request = Client()
            response = request.post(
                LOGIN,
                f"username={EMAIL}&password={PASSWORD}",
                content_type="application/x-www-form-urlencoded",
                query_params={"next": target},
            )
        assert (response.status_code, response["location"]) == (302, expected)

    def test_who_is_in_needs_no_form(self, client, root):
        client.force_login(root, backend=BACKEND)
        assert client.get(LOGIN)["location"] == "/_/"


def test_a_put_is_no_sign_in(client, root):
    response = client.put(LOGIN, json.dumps({}), content_type="application/json")
    assert (response.status_code, sessions()) == (405, 0)

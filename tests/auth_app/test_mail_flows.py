"""Verification, password reset and email change (contract/auth.md 11 to 13)."""

import re
import time

import jwt
import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from auth_app import events, throttles
from auth_app.flows import even_answers
from auth_app.flows.password_reset import RESET_MAIL
from auth_app.flows.verification import VERIFICATION_MAIL
from auth_app.tokens import (
    issue_auth_token,
    issue_email_change_token,
    issue_password_reset_token,
    issue_verification_token,
)
from collections_app import events as record_events
from collections_app import passwords
from collections_app.collection import Collection
from collections_app.fetching import new_record
from collections_app.records.writing.saving import save_record
from platform_app.database import dates
from platform_app.requests.held_answers import collect, run_errand
from platform_app.wire.errors import Forbidden
from tests.auth_app.accounts import PASSWORD, TOKENS, answer, error, join, plant, post, rows_of, stored

pytestmark = pytest.mark.django_db

ALICE = "alice0000000001"
TEMPLATES = {
    "verificationTemplate": {"subject": "Verify", "body": "<p>{APP_URL}/#verify/{TOKEN}</p>"},
    "resetPasswordTemplate": {"subject": "Reset", "body": "<p>{APP_URL}/#reset/{TOKEN}</p>"},
    "confirmEmailChangeTemplate": {"subject": "Change", "body": "<p>{APP_URL}/#change/{TOKEN}</p>"},
}
DONE = (204, b"")
INVALID = {"code": "validation_invalid_token", "message": "Invalid or expired token."}
REQUIRED = {"code": "validation_required", "message": "Cannot be blank."}


def invalid(**data):
    return error(400, "An error occurred while validating the submitted data.", data)


def plain(response):
    return response.status_code, response.content


def sent_token():
    found = re.search(r"#\w+/([\w.-]+)", mail.outbox[-1].alternatives[0][0])
    assert found is not None
    return found[1]


@pytest.fixture
def make(make_members):
    """Make `members` with Alice in it; keywords are the options of the collection."""

    def make(verified=False, **options) -> Collection:
        collection = make_members(**{**TEMPLATES, **options})
        join("members", ALICE, email="alice@example.com", verified=verified)
        return collection

    return make


def alice():
    return stored("members", ALICE)


def forged(record, kind, **claims):
    """A token signed as ours are, with claims that ours never have."""
    token_name = {"emailChange": "emailChangeToken", "verification": "verificationToken"}[kind]
    payload = {
        "collectionId": record.collection.id,
        "id": record.id,
        "type": kind,
        "exp": int(time.time()) + 60,
        **claims,
    }
    return jwt.encode(payload, record["tokenKey"] + TOKENS[token_name]["secret"], "HS256")


def no_mail(monkeypatch):
    def refuse(message):
        raise OSError("no mail today")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)


REQUESTS = [
    ("request-verification", "verification"),
    ("request-password-reset", "password reset"),
]


@pytest.mark.parametrize(("path", "key"), REQUESTS, ids=["verification", "password_reset"])
class TestRequests:
    def test_a_mail_leaves_once_in_two_minutes(self, client, make, path, key):
        make()
        for _ in range(3):
            assert plain(post(client, f"members/{path}", {"email": "alice@example.com"})) == DONE
        assert [message.to for message in mail.outbox] == [["alice@example.com"]]
        assert sent_token().count(".") == 2

    def test_nobody_learns_whether_there_is_somebody(self, client, make, path, key):
        make()
        assert plain(post(client, f"members/{path}", {"email": "nobody@example.com"})) == DONE
        assert mail.outbox == []

    @pytest.mark.parametrize(
        ("email", "told"),
        [
            (None, REQUIRED),
            ("x", {"code": "validation_is_email", "message": "Must be a valid email address."}),
            (
                "a" * 255 + "@b.co",
                {
                    "code": "validation_length_out_of_range",
                    "message": "The length must be between 1 and 255.",
                    "params": {"max": 255, "min": 1},
                },
            ),
        ],
        ids=["nothing", "no_address", "long"],
    )
    def test_bad_addresses(self, client, make, path, key, email, told):
        make()
        body = {} if email is None else {"email": email}
        assert answer(post(client, f"members/{path}", body)) == invalid(email=told)

    def test_a_mail_that_fails_is_answered_alike_and_logged(
        self, client, make, path, key, monkeypatch, caplog
    ):
        collection = make()
        no_mail(monkeypatch)
        assert plain(post(client, f"members/{path}", {"email": "alice@example.com"})) == DONE
        assert f"no {key} mail was sent to" in caplog.text
        # Only one that left keeps the next reset from leaving.
        is_spent = throttles.is_spent(f"{key}:{collection.id}:{ALICE}", seconds=120)
        assert is_spent is (key == "verification")

    def test_while_one_waits_for_its_turn_no_other_does(self, make, path, key):
        collection = make()
        kind = VERIFICATION_MAIL if key == "verification" else RESET_MAIL
        record = alice()
        _, held = collect(lambda: [kind.send_beside_answer(record) for _ in range(3)])
        (errand,) = held.beside
        run_errand(errand)
        assert len(mail.outbox) == 1
        throttles.give_back(f"{key}:{collection.id}:{ALICE}")
        kind.send_beside_answer(record)
        assert len(mail.outbox) == 2

    def test_a_hook_may_send_it_in_another_way(self, client, make, path, key, connect):
        class Pigeon(BaseEmailBackend):
            def send_messages(self, email_messages):
                carried.extend(email_messages)

        carried = []
        hook = getattr(events, f"mailer_record_{key.replace(' ', '_')}_send")
        connect(hook, lambda event, **kwargs: setattr(event, "mailer", Pigeon()))
        make()
        post(client, f"members/{path}", {"email": "alice@example.com"})
        assert ([message.to for message in carried], mail.outbox) == ([["alice@example.com"]], [])

    @pytest.mark.parametrize("in_hook", [True, False])
    def test_a_hook_may_stop_it(self, client, make, path, key, connect, in_hook):
        def stop(event, **kwargs):
            assert event.record.id == ALICE
            return
            yield

        request = key.replace(" ", "_")
        hook = f"record_request_{request}_request" if in_hook else f"mailer_record_{request}_send"
        connect(getattr(events, hook), stop, collection="members")
        make()
        response = post(client, f"members/{path}", {"email": "alice@example.com"})
        assert plain(response) == ((200, b"") if in_hook else DONE)
        assert mail.outbox == []


class TestVerification:
    def test_the_link_verifies(self, client, make):
        make()
        post(client, "members/request-verification", {"email": "alice@example.com"})
        before, token = alice(), sent_token()
        for _ in range(2):
            assert plain(post(client, "members/confirm-verification", {"token": token})) == DONE
        after = alice()
        assert (after["verified"], after["tokenKey"]) == (True, before["tokenKey"])

    def test_who_is_verified_gets_no_mail(self, client, make):
        make(verified=True)
        assert plain(post(client, "members/request-verification", {"email": "alice@example.com"})) == DONE
        assert mail.outbox == []

    def test_after_it_another_mail_may_be_asked_for(self, client, make):
        make()
        post(client, "members/request-verification", {"email": "alice@example.com"})
        post(client, "members/confirm-verification", {"token": sent_token()})
        assert not throttles.is_spent(f"verification:{alice().collection.id}:{ALICE}", seconds=120)

    def test_without_passwords_the_old_one_goes(self, client, make):
        make(passwordAuth={"enabled": False, "identityFields": []})
        token = issue_verification_token(alice())
        assert plain(post(client, "members/confirm-verification", {"token": token})) == DONE
        assert not passwords.matches(PASSWORD, alice()["password"])
        # That ended the token, too.
        again = post(client, "members/confirm-verification", {"token": token})
        assert answer(again) == invalid(token=INVALID)

    def test_linked_accounts_end_with_it(self, client, make):
        collection = make()
        now = dates.now()
        plant(
            "_externalAuths",
            collectionRef=collection.id,
            recordRef=ALICE,
            provider="google",
            providerId="1",
            created=now,
            updated=now,
        )
        token = issue_verification_token(alice())
        session = issue_auth_token(alice())
        assert plain(post(client, "members/confirm-verification", {"token": token})) == DONE
        assert not rows_of("_externalAuths").filter(recordRef=ALICE).exists()
        refreshed = client.post("/api/collections/members/auth-refresh", headers={"authorization": session})
        assert refreshed.status_code == 401

    @pytest.mark.parametrize(
        ("token", "told"),
        [
            pytest.param(lambda: "", REQUIRED, id="empty"),
            pytest.param(
                lambda: "x",
                {"code": "validation_invalid_token_claims", "message": "Missing email token claim."},
                id="no_token",
            ),
            pytest.param(
                lambda: forged(alice(), "verification"),
                {"code": "validation_invalid_token_claims", "message": "Missing email token claim."},
                id="no_email",
            ),
            pytest.param(lambda: issue_password_reset_token(alice()), INVALID, id="other_type"),
            pytest.param(lambda: issue_verification_token(alice()) + "x", INVALID, id="tampered"),
            pytest.param(
                lambda: forged(alice(), "verification", email="alice@example.com", exp=1),
                INVALID,
                id="expired",
            ),
            pytest.param(
                lambda: forged(alice(), "verification", email="old@example.com"),
                {
                    "code": "validation_token_email_mismatch",
                    "message": "The record email doesn't match with the requested token claims.",
                },
                id="other_email",
            ),
            pytest.param(
                lambda: issue_verification_token(
                    join("_superusers", "root00000000001", email="root@example.com")
                ),
                {
                    "code": "validation_token_collection_mismatch",
                    "message": "The provided token is for different auth collection.",
                },
                id="other_collection",
            ),
        ],
    )
    def test_tokens_that_verify_nobody(self, client, make, token, told):
        make()
        response = post(client, "members/confirm-verification", {"token": token()})
        assert answer(response) == invalid(token=told)
        assert alice()["verified"] is False

    @pytest.mark.parametrize("path", ["request-verification", "confirm-verification"])
    def test_superusers_are_verified(self, client, path):
        assert answer(post(client, f"_superusers/{path}", {})) == error(
            400, "All superusers are verified by default."
        )


class TestPasswordReset:
    def reset(self, client, token, password="another password", confirm=None):
        body = {"token": token, "password": password, "passwordConfirm": confirm or password}
        return post(client, "members/confirm-password-reset", body)

    def test_the_link_sets_the_password_once_and_verifies(self, client, make):
        make()
        post(client, "members/request-password-reset", {"email": "alice@example.com"})
        session, token = issue_auth_token(alice()), sent_token()
        assert plain(self.reset(client, token)) == DONE
        after = alice()
        assert (after["verified"], passwords.matches("another password", after["password"])) == (True, True)
        refreshed = client.post("/api/collections/members/auth-refresh", headers={"authorization": session})
        assert refreshed.status_code == 401
        assert answer(self.reset(client, token, "yet another one")) == invalid(token=INVALID)

    def test_a_token_for_an_old_address_does_not_verify(self, client, make):
        make()
        token = issue_password_reset_token(alice())
        rows_of("members").filter(id=ALICE).update(email="new@example.com")
        assert plain(self.reset(client, token)) == DONE
        assert alice()["verified"] is False

    def test_every_error_is_told_at_once(self, client, make):
        make()
        response = post(client, "members/confirm-password-reset", {"token": "x", "password": "short"})
        length = {
            "code": "validation_length_out_of_range",
            "message": "The length must be between 8 and 255.",
            "params": {"max": 255, "min": 8},
        }
        assert answer(response) == invalid(token=INVALID, password=length, passwordConfirm=REQUIRED)

    @pytest.mark.parametrize(
        ("password", "code"),
        [("a" * 72, "validation_max_text_constraint"), ("\u00e9" * 40, "validation_invalid_value")],
        ids=["characters", "bytes"],
    )
    def test_what_the_field_refuses(self, client, make, password, code):
        make()
        status, body = answer(self.reset(client, issue_password_reset_token(alice()), password))
        assert (status, body["message"], body["data"]["password"]["code"]) == (
            400,
            "Failed to set new password.",
            code,
        )
        assert passwords.matches(PASSWORD, alice()["password"])

    def test_two_different_passwords(self, client, make):
        make()
        response = self.reset(client, issue_password_reset_token(alice()), confirm="something else")
        told = {"code": "validation_values_mismatch", "message": "Values don't match."}
        assert answer(response) == invalid(passwordConfirm=told)

    def test_passwords_are_switched_off(self, client, make):
        make(passwordAuth={"enabled": False, "identityFields": []})
        assert answer(post(client, "members/request-password-reset", {"email": "x"})) == error(
            400, "The collection is not configured to allow password authentication."
        )
        # Who has a link already may still use it.
        assert plain(self.reset(client, issue_password_reset_token(alice()))) == DONE

    def test_a_hook_may_refuse(self, client, make, connect):
        def refuse(event, **kwargs):
            raise Forbidden("No.")

        connect(events.record_confirm_password_reset_request, refuse, collection="members")
        make()
        assert answer(self.reset(client, issue_password_reset_token(alice()))) == error(403, "No.")
        assert passwords.matches(PASSWORD, alice()["password"])


class TestEmailChange:
    def ask(self, client, new_email, as_record=None):
        body = {"newEmail": new_email}
        return post(client, "members/request-email-change", body, as_record=as_record or alice())

    def change(self, client, token, password=PASSWORD):
        return post(client, "members/confirm-email-change", {"token": token, "password": password})

    def test_the_link_and_the_password_change_it_once(self, client, make):
        make()
        assert plain(self.ask(client, "new@example.com")) == DONE
        assert [message.to for message in mail.outbox] == [["new@example.com"]]
        session, token = issue_auth_token(alice()), sent_token()
        assert plain(self.change(client, token)) == DONE
        assert (alice()["email"], alice()["verified"]) == ("new@example.com", True)
        refreshed = client.post("/api/collections/members/auth-refresh", headers={"authorization": session})
        assert refreshed.status_code == 401
        rows_of("members").filter(id=ALICE).update(email="alice@example.com")
        wrong = {
            "code": "validation_invalid_password",
            "message": "Missing or invalid auth record password.",
        }
        assert answer(self.change(client, token)) == invalid(token=INVALID, password=wrong)

    def test_a_mail_that_fails_is_told(self, client, make, monkeypatch):
        make()
        no_mail(monkeypatch)
        assert answer(self.ask(client, "new@example.com")) == error(400, "Failed to request email change.")

    def test_a_hook_may_change_the_address(self, client, make, connect):
        def change(event, **kwargs):
            event.new_email = "other@example.com"

        make()
        connect(events.record_request_email_change_request, change, collection="members")
        self.ask(client, "new@example.com")
        assert mail.outbox[0].to == ["other@example.com"]

    @pytest.mark.parametrize(
        ("new_email", "code", "message"),
        [
            ("", "validation_required", "Cannot be blank."),
            ("x", "validation_is_email", "Must be a valid email address."),
            ("alice@example.com", "validation_not_in_invalid", "Must not be in list."),
            ("bob@example.com", "validation_invalid_new_email", "Invalid new email address."),
        ],
        ids=["nothing", "no_address", "own", "taken"],
    )
    def test_addresses_that_it_cannot_be(self, client, make, new_email, code, message):
        make()
        join("members", "bob000000000001", email="bob@example.com", username="bob")
        told = {"code": code, "message": message}
        assert answer(self.ask(client, new_email)) == invalid(newEmail=told)
        assert mail.outbox == []

    @pytest.mark.parametrize(
        ("token", "told"),
        [
            pytest.param(lambda: "", REQUIRED, id="empty"),
            pytest.param(
                lambda: forged(alice(), "emailChange", newEmail=5),
                {
                    "code": "validation_invalid_token_payload",
                    "message": "Invalid token payload - newEmail must be set.",
                },
                id="no_address",
            ),
            pytest.param(
                lambda: forged(alice(), "emailChange", newEmail="a@b.co", exp=1), INVALID, id="expired"
            ),
            pytest.param(
                lambda: issue_email_change_token(alice(), "bob@example.com"),
                {"code": "validation_invalid_token_email", "message": "The new email address is invalid."},
                id="taken",
            ),
        ],
    )
    def test_tokens_that_change_nothing(self, client, make, token, told):
        make()
        join("members", "bob000000000001", email="bob@example.com", username="bob")
        status, body = answer(self.change(client, token()))
        assert (status, body["data"]["token"]) == (400, told)
        assert body["data"]["password"]["code"] == "validation_invalid_password"
        assert alice()["email"] == "alice@example.com"

    def test_guests_and_others(self, client, make, make_collection):
        make()
        assert post(client, "members/request-email-change", {}).status_code == 401
        root = join("_superusers", "root00000000001", email="root@example.com")
        assert answer(self.ask(client, "new@example.com", root)) == error(
            403, "The request requires auth record from _superusers collection."
        )
        own = post(client, "_superusers/request-email-change", {}, as_record=root)
        assert answer(own) == error(400, "All superusers can change their emails directly.")


@pytest.mark.parametrize(
    ("seconds", "held"),
    [(0.0, 0.01), (0.001, 0.009), (0.009, 0.001), (0.012, 0.008)],
    ids=["none", "little", "nearly_a_step", "more_than_one"],
)
def test_answers_come_in_steps(monkeypatch, seconds, held):
    clock, waits = iter([5.0, 5.0 + seconds]), []
    monkeypatch.setattr(even_answers.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(even_answers, "hold_answer", waits.append)
    with even_answers.in_steps_of(0.01):
        pass
    assert waits == [pytest.approx(held)]


@pytest.mark.parametrize("path", ["request-verification", "request-password-reset", "request-otp"])
def test_they_do_for_everybody_who_asks(client, make, monkeypatch, path):
    waits = []
    monkeypatch.setattr(even_answers, "hold_answer", lambda seconds: waits.append(0 < seconds <= 0.05))
    make(otp={"enabled": True, "duration": 180, "length": 8})
    for email in ("alice@example.com", "alice@example.com", "nobody@example.com", "x"):
        post(client, f"members/{path}", {"email": email})
    assert waits == [True, True, True]


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        pytest.param({"type": "text"}, "<'\"&>", "&lt;&#39;&#34;&amp;&gt;", id="text"),
        pytest.param({"type": "number"}, 1e21, "1000000000000000000000", id="number"),
        pytest.param({"type": "password", "cost": 4}, "0987654321", "", id="password"),
        pytest.param(
            {"type": "json"}, {"a": "'", "b": [1]}, "{&#34;a&#34;:&#34;&#39;&#34;,&#34;b&#34;:[1]}", id="json"
        ),
    ],
)
def test_what_a_mail_shows_of_a_value(client, make_members, field, value, shown):
    template = {"subject": "[{RECORD:shown}]", "body": "<p>{RECORD:shown}</p>"}
    make_members(verificationTemplate=template, extra_fields=[{"name": "shown", **field}])
    values = {"email": "alice@example.com", "password": "1234567890", "username": "alice", "shown": value}
    save_record(new_record("members", values))
    post(client, "members/request-verification", {"email": "alice@example.com"})
    (message,) = mail.outbox
    assert message.subject == f"[{shown}]"
    assert f"<p>{shown}</p>" in message.alternatives[0][0]


def test_what_a_record_holds_is_never_a_placeholder(client, make_members):
    template = {"subject": "x", "body": "<p>{RECORD:username}</p>"}
    make_members(verificationTemplate=template)
    join("members", ALICE, email="alice@example.com", verified=False, username="{TOKEN}{APP_NAME}")
    post(client, "members/request-verification", {"email": "alice@example.com"})
    assert "<p>{TOKEN}{APP_NAME}</p>" in mail.outbox[0].alternatives[0][0]


def test_the_chain_of_a_reset(client, make, connect):
    order = []
    hooks = {
        "request": events.record_request_password_reset_request,
        "mail": events.mailer_record_password_reset_send,
        "confirm": events.record_confirm_password_reset_request,
        "update": record_events.record_update,
    }
    for name, hook in hooks.items():
        connect(hook, lambda event, name=name, **kwargs: order.append(name), collection="members")
    make()
    post(client, "members/request-password-reset", {"email": "alice@example.com"})
    body = {"token": sent_token(), "password": "another one", "passwordConfirm": "another one"}
    post(client, "members/confirm-password-reset", body)
    assert order == ["request", "mail", "confirm", "update"]

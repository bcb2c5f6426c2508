"""One-time codes (contract/auth.md 7)."""

import re

import pytest
from django.core import mail

from auth_app import events, throttles
from auth_app.expiry import delete_expired
from auth_app.mails import send_otp
from collections_app import events as record_events
from collections_app import passwords
from collections_app.fields.password_field import Password
from platform_app.database import dates
from platform_app.wire.errors import DEFAULT_MESSAGES, Forbidden
from system_app.crons.registry import crons
from tests.auth_app.accounts import PASSWORD, answer, error, join, plant, post, rows_of, stored
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db

ALICE = "alice0000000001"
INVALID = error(400, "Invalid or expired OTP.")
LONG_AGO = "2020-01-01 00:00:00.000Z"
CHEAP = Password("12345678", cost=4)
OTP = {
    "enabled": True,
    "duration": 180,
    "length": 8,
    "emailTemplate": {"subject": "Code for {APP_NAME}", "body": "<p>{OTP} {OTP_ID} {RECORD:email}</p>"},
}


@pytest.fixture
def members(make_members):
    collection = make_members(otp=OTP)
    join("members", ALICE, email="alice@example.com")
    return collection


def ask(client, email="alice@example.com", collection="members"):
    return post(client, f"{collection}/request-otp", {"email": email})


def sign_in(client, otp_id, password="12345678", **body):
    return post(client, "members/auth-with-otp", {"otpId": otp_id, "password": password, **body})


def code(collection, record=ALICE, created=None, sent_to="", **values):
    moment = created or dates.now()
    return plant(
        "_otps",
        **{
            "collectionRef": collection.id,
            "recordRef": record,
            "password": CHEAP,
            "sentTo": sent_to,
            "created": moment,
            "updated": moment,
            **values,
        },
    )


class TestAsking:
    def test_a_code_is_stored_and_sent(self, client, members):
        response = ask(client)
        (row,) = rows_of("_otps")
        assert answer(response) == (200, {"otpId": row.id})
        (message,) = mail.outbox
        found = re.search(r"<p>(\d{8}) (\w+) alice@example.com</p>", message.alternatives[0][0])
        assert found is not None
        assert found[2] == row.id
        assert message.to == ["alice@example.com"]
        assert message.subject.startswith("Code for ")
        assert passwords.matches(found[1], row.password)
        assert row.password.startswith("$2a$08$")
        assert (row.collectionRef, row.recordRef, row.sentTo) == (members.id, ALICE, "alice@example.com")

    def test_an_unknown_address_gets_an_id_that_leads_nowhere(self, client, members):
        status, body = answer(ask(client, "nobody@example.com"))
        assert (status, list(body)) == (200, ["otpId"])
        assert re.fullmatch("[a-z0-9]{15}", body["otpId"])
        assert (rows_of("_otps").count(), mail.outbox) == (0, [])
        assert answer(sign_in(client, body["otpId"])) == INVALID

    def test_both_take_the_time_of_a_hash(self, client, members, monkeypatch):
        costs = []
        hash_password = passwords.hash_password
        monkeypatch.setattr(
            "collections_app.fields.password_field.hash_password",
            lambda plain, cost: costs.append(cost) or hash_password(plain, cost=4),
        )
        ask(client)
        ask(client, "nobody@example.com")
        assert costs == [8, 8]

    @pytest.mark.parametrize(
        ("live", "others", "has_new"),
        [(9, 0, True), (9, 5, True), (10, 0, False), (11, 0, False)],
        ids=["nine", "nine_and_old_ones", "ten", "eleven"],
    )
    def test_who_has_ten_gets_the_last_one_again(self, client, members, live, others, has_new):
        planted = [code(members, created=f"{dates.now()[:20]}{number:03}Z") for number in range(live)]
        for _ in range(others):
            code(members, created=LONG_AGO)
        body = ask(client).json()
        assert (body["otpId"] not in {one.id for one in planted}) is has_new
        assert (rows_of("_otps").count(), len(mail.outbox)) == (live + others + has_new, int(has_new))
        assert has_new or body["otpId"] == planted[-1].id

    def test_in_development_nobody_counts(self, client, members, settings):
        settings.DEBUG = True
        for _ in range(10):
            code(members)
        ask(client)
        assert rows_of("_otps").count() == 11

    def test_a_code_whose_mail_fails_goes(self, client, members, monkeypatch, caplog):
        def refuse(message):
            raise OSError("no mail today")

        monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        assert ask(client).status_code == 200
        assert rows_of("_otps").count() == 0
        assert "no one-time code was sent to" in caplog.text

    def test_not_enabled(self, client, make_members):
        make_members()
        refusal = error(403, "The collection is not configured to allow OTP authentication.")
        assert answer(ask(client)) == answer(sign_in(client, "x")) == refusal

    @pytest.mark.parametrize(
        ("body", "code", "message"),
        [
            ({}, "validation_required", "Cannot be blank."),
            ({"email": "x"}, "validation_is_email", "Must be a valid email address."),
        ],
        ids=["nothing", "no_address"],
    )
    def test_bad_addresses(self, client, members, body, code, message):
        expected = {"email": {"code": code, "message": message}}
        assert answer(post(client, "members/request-otp", body)) == error(
            400, "An error occurred while validating the submitted data.", expected
        )


class TestSigningIn:
    def test_a_code_signs_in_once(self, client, members):
        row = code(members)
        status, body = answer(sign_in(client, row.id))
        assert (status, body["record"]["id"], list(body)) == (200, ALICE, ["record", "token"])
        assert answer(sign_in(client, row.id)) == INVALID
        assert not rows_of("_otps").exists()

    @pytest.mark.parametrize("wrong", ["password", "expired", "other_collection", "record_gone", "unknown"])
    def test_what_does_not_sign_in(self, client, members, wrong):
        row = code(
            members,
            created=LONG_AGO if wrong == "expired" else None,
            record="gone00000000000" if wrong == "record_gone" else ALICE,
            **({"collectionRef": "other"} if wrong == "other_collection" else {}),
        )
        response = sign_in(
            client,
            "unknown00000000" if wrong == "unknown" else row.id,
            "87654321" if wrong == "password" else "12345678",
        )
        assert answer(response) == INVALID
        assert rows_of("_otps").count() == 1

    def test_the_sixth_attempt_is_refused_also_with_a_new_code(self, client, members):
        row = code(members)
        assert [sign_in(client, row.id, "0").status_code for _ in range(5)] == [400] * 5
        refusal = error(429, "Too many attempts, please try again later with a new OTP.")
        assert answer(sign_in(client, row.id)) == answer(sign_in(client, code(members).id)) == refusal
        bob = join("members", "bob000000000001", email="bob@example.com", username="bob")
        assert sign_in(client, code(members, record=bob.id).id).status_code == 200

    def test_attempts_are_counted_anew_when_the_settings_were_saved(self, client, members):
        row = code(members)
        assert [sign_in(client, row.id, "0").status_code for _ in range(6)] == [400] * 5 + [429]
        save()
        assert [sign_in(client, row.id, "0").status_code for _ in range(6)] == [400] * 5 + [429]

    @pytest.mark.parametrize(
        ("sent_to", "has_mfa", "is_verified", "keeps_password"),
        [
            pytest.param("alice@example.com", False, True, False, id="to_the_address"),
            pytest.param("alice@example.com", True, True, True, id="with_another_factor"),
            pytest.param("old@example.com", False, False, True, id="to_another_address"),
            pytest.param("", False, False, True, id="to_nobody"),
        ],
    )
    def test_who_gets_the_mail_is_verified(
        self, client, make_members, sent_to, has_mfa, is_verified, keeps_password
    ):
        mfa = {"enabled": has_mfa, "duration": 600, "rule": ""}
        members = make_members(otp=OTP, mfa=mfa)
        before = join("members", ALICE, email="alice@example.com", verified=False)
        response = sign_in(client, code(members, sent_to=sent_to).id)
        assert response.status_code == (401 if has_mfa else 200)
        after = stored("members", ALICE)
        assert after["verified"] is is_verified
        assert passwords.matches(PASSWORD, after["password"]) is keeps_password
        assert (after["tokenKey"] == before["tokenKey"]) is keeps_password
        if not has_mfa:
            token = response.json()["token"]
            refreshed = client.post("/api/collections/members/auth-refresh", headers={"authorization": token})
            assert refreshed.status_code == 200

    def test_the_context_of_rules_is_otp(self, client, make_members):
        members = make_members(otp=OTP, authRule="@request.context = 'otp'")
        join("members", ALICE, email="alice@example.com")
        assert sign_in(client, code(members).id).status_code == 200

    @pytest.mark.parametrize(
        ("code_text", "expected"),
        [
            pytest.param("", {"password": "validation_required"}, id="checked_as_any_form"),
            pytest.param("0", INVALID[1]["message"], id="wrong"),
            pytest.param("12345678", DEFAULT_MESSAGES[400], id="right_but_rules_cannot_read_it"),
        ],
    )
    def test_xml(self, client, members, code_text, expected):
        body = f"<r><OTPId>{code(members).id}</OTPId><Password>{code_text}</Password></r>"
        path = "/api/collections/members/auth-with-otp"
        status, told = answer(client.post(path, body, content_type="application/xml"))
        found = {name: one["code"] for name, one in told["data"].items()} or told["message"]
        assert (status, found) == (400, expected)

    def test_it_is_a_second_factor(self, client, make_members):
        members = make_members(otp=OTP, mfa={"enabled": True, "duration": 600, "rule": ""})
        join("members", ALICE, email="alice@example.com")
        credentials = {"identity": "alice@example.com", "password": PASSWORD}
        mfa_id = post(client, "members/auth-with-password", credentials).json()["mfaId"]
        assert sign_in(client, code(members).id, mfaId=mfa_id).status_code == 200
        assert not rows_of("_mfas").exists()


class TestHooks:
    def test_a_receiver_may_make_the_record_that_asks(self, client, members, connect):
        def sign_up(event, **kwargs):
            assert event.record is None
            event.record = join("members", "new000000000001", email="new@example.com", username="new")
            event.password = "letmein"

        connect(events.record_request_otp_request, sign_up, collection="members")
        body = ask(client, "new@example.com").json()
        assert sign_in(client, body["otpId"], "letmein").json()["record"]["id"] == "new000000000001"

    def test_they_fire_in_the_order_of_the_contract(self, client, members, connect):
        order = []
        hooks = {
            "request": events.record_request_otp_request,
            "mail": events.mailer_record_otp_send,
            "sign_in": events.record_auth_with_otp_request,
            "auth": events.record_auth_request,
            "create": record_events.record_create,
            "update": record_events.record_update,
            "delete": record_events.record_delete,
        }
        for name, hook in hooks.items():
            connect(hook, lambda event, name=name, **kwargs: order.append(name))
        ask(client)
        assert order == ["request", "create", "mail", "update"]
        order.clear()
        sign_in(client, code(members).id)
        assert order == ["sign_in", "delete", "auth"]

    def test_the_mail_may_go_elsewhere(self, client, members, connect):
        def redirect(event, **kwargs):
            assert set(event.meta) == {"otpId", "password"}
            event.message.to = ["phone@example.com"]

        connect(events.mailer_record_otp_send, redirect, collection="members")
        ask(client)
        (row,) = rows_of("_otps")
        assert (mail.outbox[0].to, row.sentTo) == (["phone@example.com"], "phone@example.com")

    def test_a_code_that_may_not_be_deleted_signs_nobody_in(self, client, members, connect):
        def refuse(event, **kwargs):
            raise Forbidden("No.")

        connect(record_events.record_delete, refuse, collection="_otps")
        assert answer(sign_in(client, code(members).id)) == error(403, "No.")

    @pytest.mark.parametrize("hook", ["record_request_otp_request", "record_auth_with_otp_request"])
    def test_one_that_stops_answers_for_itself(self, client, members, connect, hook):
        def stop(event, **kwargs):
            return
            yield

        connect(getattr(events, hook), stop)
        response = ask(client) if "request_otp" in hook else sign_in(client, code(members).id)
        assert (response.status_code, response.content, mail.outbox) == (200, b"", [])


def test_a_code_that_was_used_meanwhile_is_not_marked(members):
    send_otp(stored("members", ALICE), "gone00000000000", "12345678")
    assert len(mail.outbox) == 1


class TestThrottles:
    def test_so_many_and_no_more(self, db):
        assert [throttles.take("a", most=2, seconds=60) for _ in range(4)] == [True, True, False, False]
        assert throttles.take("b", most=2, seconds=60)

    def test_a_window_that_is_over_begins_anew(self, db, monkeypatch):
        assert throttles.take("a", seconds=60)
        assert throttles.is_spent("a", seconds=60)
        later = throttles.time.time() + 61
        monkeypatch.setattr(throttles.time, "time", lambda: later)
        assert not throttles.is_spent("a", seconds=60)
        assert throttles.take("a", seconds=60)

    def test_a_clock_that_is_set_back_locks_nobody_out(self, db, monkeypatch):
        assert throttles.take("a", seconds=60)
        assert throttles.take("b", seconds=60)
        yesterday = throttles.time.time() - 24 * 60 * 60
        monkeypatch.setattr(throttles.time, "time", lambda: yesterday)
        assert not throttles.is_spent("a", seconds=60)
        assert [throttles.take("a", seconds=60) for _ in range(2)] == [True, False]

    def test_a_window_that_a_later_clock_has_begun_counts(self, db, monkeypatch):
        assert throttles.take("a", seconds=60)
        a_moment_ago = throttles.time.time() - 0.001
        monkeypatch.setattr(throttles.time, "time", lambda: a_moment_ago)
        assert throttles.is_spent("a", seconds=60)
        monkeypatch.setattr(throttles, "is_spent", lambda key, **options: False)  # it was asked before that
        assert not throttles.take("a", seconds=60)

    def test_what_is_given_back_begins_anew(self, db):
        throttles.take("a", seconds=60)
        throttles.give_back("a")
        assert throttles.take("a", seconds=60)


class TestExpiry:
    def test_what_nobody_can_use_is_deleted_as_a_record(self, client, members, connect):
        deleted = []
        connect(record_events.record_delete, lambda event, **kwargs: deleted.append(event.record.id))
        live, old = code(members), code(members, created=LONG_AGO)
        plant(
            "_mfas",
            id="old000000000001",
            collectionRef=members.id,
            recordRef=ALICE,
            method="otp",
            created=LONG_AGO,
            updated=LONG_AGO,
        )
        crons.find("__pbOTPCleanup__").run()
        assert deleted == [old.id]
        crons.find("__pbMFACleanup__").run()
        assert deleted == [old.id, "old000000000001"]
        assert [row.id for row in rows_of("_otps")] == [live.id]

    def test_what_the_clock_was_set_back_behind_is_good_for_nothing(self, client, members):
        """It would be good until that moment comes again, which may take a year."""
        live, early = code(members), code(members, created="2999-01-01 00:00:00.000Z")
        assert sign_in(client, early.id).status_code == 400
        delete_expired("_otps")
        assert [row.id for row in rows_of("_otps")] == [live.id]
        assert sign_in(client, live.id).status_code == 200

    def test_one_that_cannot_be_deleted_keeps_no_other(self, client, members, connect, caplog):
        first = code(members, created=LONG_AGO)
        code(members, created=LONG_AGO)

        def refuse(event, **kwargs):
            if event.record.id == first.id:
                raise Forbidden("No.")

        connect(record_events.record_delete, refuse, collection="_otps")
        delete_expired("_otps")
        assert [row.id for row in rows_of("_otps")] == [first.id]
        assert "was not deleted" in caplog.text

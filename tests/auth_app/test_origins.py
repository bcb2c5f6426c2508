"""Places that a record signed in from, and the mail about a new one (contract/auth.md 9)."""

import hashlib

import pytest
from django.core import mail

from collections_app import events
from tests.auth_app.accounts import PASSWORD, join, plant, post, rows_of

pytestmark = pytest.mark.django_db

ALERT = {
    "enabled": True,
    "emailTemplate": {
        "subject": "New {APP_NAME} login",
        "body": "<p>Hello {RECORD:username}{RECORD:nick},</p>\n<p><em>{ALERT_INFO}</em></p>",
    },
}


def sign_in(client, agent):
    body = {"identity": "alice@example.com", "password": PASSWORD}
    return post(client, "members/auth-with-password", body, **{"user-agent": agent}).status_code


def fingerprint(agent):
    sent = agent if isinstance(agent, bytes) else agent.encode()
    return hashlib.md5(b"127.0.0.1" + sent, usedforsecurity=False).hexdigest()


def places():
    return sorted(
        rows_of("_authOrigins").filter(recordRef="alice0000000001").values_list("fingerprint", flat=True)
    )


@pytest.fixture
def members(make_members):
    collection = make_members(authAlert=ALERT)
    join("members", "alice0000000001", email="alice@example.com", username="<Al & Co>", nick="secret")
    return collection


def place(collection, agent, created):
    return plant(
        "_authOrigins",
        collectionRef=collection.id,
        recordRef="alice0000000001",
        fingerprint=fingerprint(agent),
        created=created,
        updated=created,
    )


def test_first_place_is_stored_silently(client, members):
    assert sign_in(client, "a") == 200
    assert (places(), mail.outbox) == ([fingerprint("a")], [])


def test_known_place_is_only_touched(client, members):
    known = place(members, "a", "2020-01-01 00:00:00.000Z")
    place(members, "b", "2020-01-01 00:00:00.000Z")
    assert sign_in(client, "a") == 200
    touched = rows_of("_authOrigins").get(id=known.id)
    assert (touched.created, touched.updated > known.updated, mail.outbox) == (known.created, True, [])


def test_new_place_is_reported(client, members):
    place(members, "a", "2020-01-01 00:00:00.000Z")
    assert sign_in(client, "Browser <1> grün".encode().decode("latin-1")) == 200
    assert places() == sorted([fingerprint("a"), fingerprint("Browser <1> grün")])
    (message,) = mail.outbox
    html, kind = message.alternatives[0]
    assert (message.to, kind) == (["alice@example.com"], "text/html")
    assert message.subject.startswith("New ")
    assert message.subject.endswith(" login")
    assert "<p>Hello &lt;Al &amp; Co&gt;{RECORD:nick},</p>" in html
    assert "Z - 127.0.0.1 Browser &lt;1&gt; grün</em></p>" in html
    assert message.body.startswith("Hello <Al & Co>{RECORD:nick}, \n")


def test_the_newest_five_places_stay(client, members):
    for day in range(1, 7):
        place(members, f"old{day}", f"2020-01-0{day} 00:00:00.000Z")
    assert sign_in(client, "new") == 200
    expected = ["old3", "old4", "old5", "old6", "new"]
    assert places() == sorted(map(fingerprint, expected))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param(b"x" * 200, b"x" * 200, id="long"),
        pytest.param(b"x" * 201, b"x" * 200 + b"...", id="too_long"),
        pytest.param("Grün €".encode(), "Grün €".encode(), id="utf8"),
        pytest.param(
            b"x" + "é".encode() * 100, b"x" + "é".encode() * 99 + b"\xc3...", id="cut_within_a_character"
        ),
        pytest.param(b"\xff", b"\xff", id="no_utf8"),
    ],
)
def test_a_user_agent_counts_as_it_was_sent(client, members, sent, kept):
    assert sign_in(client, sent.decode("latin-1")) == 200
    assert places() == [fingerprint(kept)]


def test_a_mail_that_fails_neither_keeps_out_nor_stores(client, members, monkeypatch):
    def refuse(message):
        raise OSError("no mail today")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    place(members, "a", "2020-01-01 00:00:00.000Z")
    assert sign_in(client, "b") == 200
    assert places() == [fingerprint("a")]


def test_a_mail_server_that_hangs_is_not_waited_for(client, members, monkeypatch):
    import threading

    release = threading.Event()
    monkeypatch.setattr("platform_app.mail.sending.WAIT_SECONDS", 0.01)
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lambda message: release.wait())
    place(members, "a", "2020-01-01 00:00:00.000Z")
    try:
        assert sign_in(client, "b") == 200
    finally:
        release.set()
    assert places() == [fingerprint("a")]


def test_a_record_without_email_is_not_written_to(client, make_members):
    collection = make_members(authAlert=ALERT, passwordAuth={"enabled": True, "identityFields": ["username"]})
    join("members", "alice0000000001", email="", username="alice")
    place(collection, "a", "2020-01-01 00:00:00.000Z")
    body = {"identity": "alice", "password": PASSWORD}
    assert post(client, "members/auth-with-password", body, **{"user-agent": "b"}).status_code == 200
    assert (places(), mail.outbox) == (sorted([fingerprint("a"), fingerprint("b")]), [])


def test_nothing_is_tracked_where_alerts_are_off(client, make_members):
    make_members(authAlert={"enabled": False})
    join("members", "alice0000000001", email="alice@example.com")
    assert sign_in(client, "a") == 200
    assert places() == []


class TestHooks:
    @pytest.fixture
    def log(self, connect):
        """Which hook, and how many mails had been sent by then."""
        entries = []
        for name in ("record_create", "record_update", "record_delete"):
            hook = getattr(events, name)
            note = lambda event, name=name, **kwargs: entries.append((name, len(mail.outbox)))  # noqa: E731
            connect(hook, note, collection="_authOrigins")
        return entries

    def test_known_and_new_places_are_saved_as_records(self, client, members, log):
        place(members, "a", "2020-01-01 00:00:00.000Z")
        sign_in(client, "a")
        assert log == [("record_update", 0)]
        log.clear()
        sign_in(client, "b")
        assert log == [("record_create", 1)]

    def test_surplus_places_go_before_the_new_one_comes(self, client, members, log):
        for day in range(1, 6):
            place(members, f"old{day}", f"2020-01-0{day} 00:00:00.000Z")
        sign_in(client, "new")
        assert log == [("record_delete", 1), ("record_create", 1)]

    def test_a_surplus_place_that_stays_is_no_reason_to_forget_the_new_one(self, client, members, connect):
        def refuse(event, **kwargs):
            raise OSError("no")

        connect(events.record_delete, refuse, collection="_authOrigins")
        for day in range(1, 6):
            place(members, f"old{day}", f"2020-01-0{day} 00:00:00.000Z")
        assert sign_in(client, "new") == 200
        assert len(places()) == 6

"""Two factors (contract/auth.md 8)."""

import re

import pytest

from auth_app.flows import mfa as mfa_flow
from collections_app import events
from platform_app.database import dates
from platform_app.wire.errors import Forbidden
from tests.auth_app.accounts import PASSWORD, answer, error, join, plant, post, rows_of

pytestmark = pytest.mark.django_db

PATH = "members/auth-with-password"
EXPIRED = error(400, "Invalid or expired MFA session.")
LONG_AGO = "2020-01-01 00:00:00.000Z"


def mfa(rule=""):
    return {"enabled": True, "duration": 600, "rule": rule}


def credentials(**others):
    return {"identity": "alice@example.com", "password": PASSWORD, **others}


def session(method="otp", record="alice0000000001", collection="", created=None):
    moment = created or dates.now()
    return plant(
        "_mfas", collectionRef=collection, recordRef=record, method=method, created=moment, updated=moment
    )


@pytest.fixture
def members(make_members):
    collection = make_members(mfa=mfa())
    join("members", "alice0000000001", email="alice@example.com")
    return collection


def test_first_factor_opens_a_session(client, members):
    response = post(client, f"{PATH}?fields=x", credentials())
    (opened,) = rows_of("_mfas")
    assert (response.status_code, response["content-type"], response.content) == (
        401,
        "application/json",
        b'{"mfaId":"%s"}\n' % opened.id.encode(),
    )
    assert (opened.collectionRef, opened.recordRef, opened.method) == (
        members.id,
        "alice0000000001",
        "password",
    )
    assert re.fullmatch(r"[a-z0-9]{15}", opened.id)
    assert "" < opened.created <= opened.updated


@pytest.mark.parametrize("in_query", [True, False], ids=["query", "body"])
def test_second_factor_of_another_method_signs_in_once(client, members, in_query):
    opened = session(collection=members.id)
    path = f"{PATH}?mfaId={opened.id}" if in_query else PATH
    body = credentials(mfaId=5) if in_query else credentials(mfaId=opened.id)
    assert post(client, path, body).status_code == 200
    assert not rows_of("_mfas").exists()
    assert answer(post(client, path, body)) == EXPIRED


def test_same_method_twice_is_no_second_factor(client, members):
    opened = session("password", collection=members.id)
    assert answer(post(client, PATH, credentials(mfaId=opened.id))) == error(
        400, "A different authentication method is required."
    )
    assert rows_of("_mfas").filter(id=opened.id).exists()


@pytest.mark.parametrize("of_another", ["record", "collection"])
def test_session_of_somebody_else(client, members, of_another):
    opened = session(
        record="bob000000000001" if of_another == "record" else "alice0000000001",
        collection="other" if of_another == "collection" else members.id,
    )
    assert answer(post(client, PATH, credentials(mfaId=opened.id))) == error(400, "Invalid MFA session.")
    assert rows_of("_mfas").filter(id=opened.id).exists()


def test_expired_session_is_removed(client, members):
    opened = session(collection=members.id, created=LONG_AGO)
    assert answer(post(client, PATH, credentials(mfaId=opened.id))) == EXPIRED
    assert not rows_of("_mfas").exists()


@pytest.mark.parametrize(
    ("mfa_id", "expected"),
    [
        pytest.param("nope", EXPIRED, id="unknown"),
        pytest.param("no\x00pe", EXPIRED, id="nul"),
        pytest.param(5, error(400, "Failed to read MFA Id."), id="not_a_text"),
    ],
)
def test_unusable_session_ids(client, members, mfa_id, expected):
    assert answer(post(client, PATH, credentials(mfaId=mfa_id))) == expected


def test_wrong_password_opens_no_session(client, members):
    assert post(client, PATH, credentials() | {"password": "wrong"}).status_code == 400
    assert not rows_of("_mfas").exists()


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        pytest.param("verified = true", 401, id="applies"),
        pytest.param("verified = false", 200, id="does_not_apply"),
        pytest.param("gone = 1", 400, id="cannot_be_answered"),
    ],
)
def test_rule_says_who_needs_a_second_factor(client, make_members, rule, status):
    make_members(mfa=mfa(rule))
    join("members", "alice0000000001", email="alice@example.com")
    response = post(client, PATH, credentials())
    assert response.status_code == status
    if status == 400:
        assert answer(response) == error(400, "Failed to authenticate.")


def test_a_superusers_token_does_not_replace_the_second_factor(client, make_members):
    make_members(mfa=mfa("verified = true"))
    join("members", "alice0000000001", email="alice@example.com")
    root = join("_superusers", "root00000000001", email="root@example.com")
    assert post(client, PATH, credentials(), as_record=root).status_code == 401


class TestHooks:
    @pytest.fixture
    def log(self, connect):
        entries = []
        for name in ("record_create", "record_validate", "record_create_execute", "record_delete"):
            hook = getattr(events, name)
            connect(hook, lambda event, name=name, **kwargs: entries.append(name), collection="_mfas")
        return entries

    def test_a_session_is_created_and_redeemed_as_a_record(self, client, members, log):
        post(client, PATH, credentials())
        assert log == ["record_create", "record_validate", "record_create_execute"]
        log.clear()
        opened = session(collection=members.id)
        post(client, PATH, credentials(mfaId=opened.id))
        assert log == ["record_delete"]

    @pytest.mark.parametrize(
        ("refusal", "expected"),
        [
            pytest.param(Forbidden("No."), error(403, "No."), id="answer"),
            pytest.param(OSError("full"), error(500, "Failed to create MFA record."), id="other"),
        ],
    )
    def test_a_session_that_cannot_be_created_lets_nobody_in(
        self, client, members, connect, refusal, expected
    ):
        def refuse(event, **kwargs):
            raise refusal

        connect(events.record_create, refuse, collection="_mfas")
        assert answer(post(client, PATH, credentials())) == expected

    def test_a_session_that_cannot_be_deleted_is_not_redeemed(self, client, members, connect):
        def refuse(event, **kwargs):
            raise Forbidden("No.")

        connect(events.record_delete, refuse, collection="_mfas")
        opened = session(collection=members.id)
        assert answer(post(client, PATH, credentials(mfaId=opened.id))) == error(403, "No.")
        expired = session(collection=members.id, created=LONG_AGO)
        assert answer(post(client, PATH, credentials(mfaId=expired.id))) == EXPIRED
        assert rows_of("_mfas").count() == 2

    def test_of_two_requests_at_once_one_redeems(self, client, members, monkeypatch):
        opened = session(collection=members.id)
        find_record = mfa_flow.find_record

        def find_and_lose(collection, record_id):
            found = find_record(collection, record_id)
            rows_of("_mfas").filter(pk=record_id).delete()  # the other request is quicker
            return found

        monkeypatch.setattr(mfa_flow, "find_record", find_and_lose)
        assert answer(post(client, PATH, credentials(mfaId=opened.id))) == EXPIRED

"""`POST auth-with-password` (contract/auth.md 3, 5 and 18)."""

import pytest

from auth_app.events import record_auth_request, record_auth_with_password_request
from auth_app.tokens import find_record_by_token
from platform_app.wire.errors import Forbidden
from tests.auth_app.accounts import PASSWORD, answer, error, join, post, stored

pytestmark = pytest.mark.django_db

PATH = "members/auth-with-password"
FAILED = error(400, "Failed to authenticate.")
VALIDATING = "An error occurred while validating the submitted data."
BLANK = {"code": "validation_required", "message": "Cannot be blank."}
TOO_LONG = {
    "code": "validation_length_out_of_range",
    "message": "The length must be between 1 and 255.",
    "params": {"max": 255, "min": 1},
}


def credentials(identity="alice@example.com", password=PASSWORD, **others):
    return {"identity": identity, "password": password, **others}


def both_fields(**options):
    return {"passwordAuth": {"enabled": True, "identityFields": ["username", "email"]}, **options}


def test_the_answer_is_the_record_and_a_token_for_it(client, make_members):
    collection = make_members()
    join("members", "alice0000000001", email="alice@example.com", username="alice", nick="al")
    response = post(client, PATH, credentials())
    body = response.json()
    assert (response.status_code, response["content-type"], list(body)) == (
        200,
        "application/json",
        ["record", "token"],
    )
    assert body["record"] == {
        "collectionId": collection.id,
        "collectionName": "members",
        "email": "alice@example.com",
        "emailVisibility": False,
        "id": "alice0000000001",
        "username": "alice",
        "verified": True,
    }
    found = find_record_by_token(body["token"], ("auth",))
    assert found is not None
    assert (found[0].id, found[1].is_refreshable) == ("alice0000000001", True)


def test_fields_picks_from_the_whole_answer(client, make_members):
    make_members()
    join("members", "alice0000000001", email="alice@example.com")
    response = post(client, f"{PATH}?fields=record.id", credentials())
    assert answer(response) == (200, {"record": {"id": "alice0000000001"}})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(None, {"identity": BLANK, "password": BLANK}, id="no_body"),
        pytest.param({}, {"identity": BLANK, "password": BLANK}, id="empty"),
        pytest.param(
            credentials("x" * 256, ""), {"identity": TOO_LONG, "password": BLANK}, id="long_identity"
        ),
        pytest.param(
            credentials(password="ä" * 128), {"password": TOO_LONG}, id="bytes_count_not_characters"
        ),
        pytest.param(
            credentials(identityField="nope"),
            {"identityField": {"code": "validation_in_invalid", "message": "Must be a valid value."}},
            id="unknown_field",
        ),
        pytest.param(credentials(identityField="x" * 256), {"identityField": TOO_LONG}, id="long_field"),
    ],
)
def test_malformed_credentials(client, make_members, body, expected):
    make_members()
    assert answer(post(client, PATH, body)) == error(400, VALIDATING, expected)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(credentials(), id="email"),
        pytest.param(credentials("alice"), id="username"),
        pytest.param(credentials("alice", identityField="username"), id="named_field"),
        pytest.param(credentials(identityField=""), id="empty_field_is_as_absent"),
        pytest.param({"IDENTITY": "alice", "Password": PASSWORD}, id="keys_in_another_case"),
    ],
)
def test_right_credentials(client, make_members, body):
    make_members(**both_fields())
    join("members", "alice0000000001", email="alice@example.com", username="alice")
    assert post(client, PATH, body).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(credentials(password="wrong"), id="wrong_password"),
        pytest.param(credentials(password=PASSWORD + " "), id="longer_password"),
        pytest.param(credentials("bob@example.com"), id="unknown"),
        pytest.param(credentials("ALICE@example.com"), id="email_in_another_case"),
        pytest.param(credentials("Alice"), id="username_in_another_case"),
        pytest.param(credentials(" alice@example.com"), id="leading_blank"),
        pytest.param(credentials("alice", identityField="email"), id="value_of_another_field"),
        pytest.param(credentials("alice\x00"), id="nul"),
    ],
)
def test_wrong_credentials_look_alike(client, make_members, body):
    make_members(**both_fields())
    join("members", "alice0000000001", email="alice@example.com", username="alice")
    assert answer(post(client, PATH, body)) == FAILED


def test_nobody_can_sign_in_where_nobody_is(client, make_members):
    make_members()
    assert answer(post(client, PATH, credentials())) == FAILED


def test_a_nocase_index_makes_case_irrelevant(client, make_members):
    make_members(**both_fields(), username_index="(`username` COLLATE NOCASE)")
    join("members", "alice0000000001", email="alice@example.com", username="alice")
    assert post(client, PATH, credentials("ALICE")).status_code == 200
    assert answer(post(client, PATH, credentials("ALICE@example.com"))) == FAILED


def test_email_is_tried_before_a_username_that_looks_like_it(client, make_members):
    make_members(**both_fields())
    join("members", "alice0000000001", email="alice@example.com", username="alice")
    join("members", "mallory00000001", email="mallory@example.com", username="alice@example.com")
    assert post(client, PATH, credentials()).json()["record"]["id"] == "alice0000000001"


def test_a_field_without_a_unique_index_is_our_fault(client, make_members):
    make_members(passwordAuth={"enabled": True, "identityFields": ["nick"]})
    assert answer(post(client, PATH, credentials())) == error(
        500, "Something went wrong while processing your request."
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(
            "gone/auth-with-password", error(404, "Missing or invalid collection context."), id="unknown"
        ),
        pytest.param(
            "posts/auth-with-password",
            error(404, "Missing or invalid auth collection context."),
            id="not_auth",
        ),
    ],
)
def test_collections_that_nobody_signs_in_to(client, make_collection, path, expected):
    make_collection("posts")
    assert answer(post(client, path, {})) == expected


def test_disabled_passwords_are_refused_before_the_body_is_read(client, make_members):
    make_members(passwordAuth={"enabled": False, "identityFields": ["email"]})
    response = client.post(f"/api/collections/{PATH}", "{", content_type="application/json")
    assert answer(response) == error(
        403, "The collection is not configured to allow password authentication."
    )


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        pytest.param("", 200, id="everybody"),
        pytest.param("verified = true", 200, id="satisfied"),
        pytest.param("@request.context = 'password'", 200, id="context"),
        pytest.param("verified = false", 403, id="not_satisfied"),
        pytest.param(None, 403, id="nobody"),
    ],
)
def test_auth_rule(client, make_members, rule, status):
    make_members(authRule=rule)
    join("members", "alice0000000001", email="alice@example.com")
    response = post(client, PATH, credentials())
    assert response.status_code == status
    if status == 403:
        assert answer(response) == error(
            403, "The request doesn't satisfy the collection requirements to authenticate."
        )


def test_a_superusers_own_token_passes_the_auth_rule(client, make_members):
    make_members(authRule=None)
    join("members", "alice0000000001", email="alice@example.com")
    root = join("_superusers", "root00000000001", email="root@example.com")
    assert post(client, PATH, credentials(), as_record=root).status_code == 200


def test_a_hook_may_find_the_record_itself(client, make_members):
    make_members()
    alice = join("members", "alice0000000001", email="alice@example.com")

    def find_by_nickname(event, **kwargs):
        if event.identity == "al":
            event.record = alice

    record_auth_with_password_request.connect(find_by_nickname, collection="members")
    try:
        assert post(client, PATH, credentials("al")).json()["record"]["id"] == alice.id
        assert answer(post(client, PATH, credentials("al", "wrong"))) == FAILED
    finally:
        record_auth_with_password_request.disconnect(find_by_nickname)


def test_a_hook_around_every_sign_in_may_refuse(client, make_members):
    make_members()
    join("members", "alice0000000001", email="alice@example.com")
    seen = []

    def closed(event, **kwargs):
        seen.append((event.record.id, event.auth_method, event.meta))
        raise Forbidden("Closed on Sundays.")

    record_auth_request.connect(closed, collection="members")
    try:
        assert answer(post(client, PATH, credentials())) == error(403, "Closed on Sundays.")
    finally:
        record_auth_request.disconnect(closed)
    assert seen == [("alice0000000001", "password", None)]


def test_signing_in_changes_nothing_about_the_record(client, make_members):
    make_members()
    before = join("members", "alice0000000001", email="alice@example.com").values
    post(client, PATH, credentials())
    assert stored("members", "alice0000000001").values == before

"""What may be changed about accounts, with which proof, and what it takes along (contract/records.md 5)."""

import pytest

from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.writing.saving import save_record
from collections_app.records.writing.submitted import new_record
from tests.collections_app.records.writing.sending import Sender, codes, records_path
from tests.reference.writing_collections import make_accounts

PASSWORD = "1234567890"
BOTH = {"password": PASSWORD, "passwordConfirm": PASSWORD}
USER, BOSS = "user00000000001", "boss00000000001"

CREATE = "Failed to create record."
UPDATE = "Failed to update record."
MISMATCH = "validation_values_mismatch"
REQUIRED = "validation_required"
TOO_LONG_FOR_BCRYPT = "é" * 37


@pytest.fixture
def accounts(make_collection):
    return make_accounts(make_collection, "wa")


@pytest.fixture
def people(root, accounts) -> dict[str, Sender]:
    for record_id, name in [(USER, "user"), (BOSS, "boss")]:
        body = {"id": record_id, "name": name, "email": f"{name}@example.com", **BOTH}
        assert root("POST", records_path(accounts), body)[0] == 200
    return {
        "guest": Sender(),
        "user": Sender.signed_in_as(stored(accounts, USER)),
        "boss": Sender.signed_in_as(stored(accounts, BOSS)),
        "root": root,
    }


def stored(accounts, record_id) -> Record:
    record = find_record(accounts, record_id)
    assert record is not None
    return record


@pytest.mark.parametrize(
    ("who", "body", "errors"),
    [
        ("guest", {}, {"password": REQUIRED, "passwordConfirm": REQUIRED}),
        ("guest", {"password": PASSWORD}, {"passwordConfirm": REQUIRED}),
        ("root", {"password": PASSWORD}, {"passwordConfirm": REQUIRED}),
        ("guest", {"password": "a" * 8, "passwordConfirm": "b" * 8}, {"passwordConfirm": MISMATCH}),
        ("guest", {**BOTH, "verified": True}, {"verified": MISMATCH}),
        ("user", {**BOTH, "verified": True}, {"verified": MISMATCH}),
        ("guest", {**BOTH, "password": ""}, {"password": REQUIRED, "passwordConfirm": MISMATCH}),
        ("guest", {**BOTH, "email": "no"}, {"email": "validation_is_email"}),
        ("guest", {**BOTH, "email": "user@example.com"}, {"email": "validation_not_unique"}),
        ("guest", {"password": "123", "passwordConfirm": "123"}, {
            "password": "validation_min_text_constraint", "email": REQUIRED}),
        ("guest", {"password": TOO_LONG_FOR_BCRYPT, "passwordConfirm": TOO_LONG_FOR_BCRYPT}, {}),
        ("root", {"email": "x@example.com", "password": TOO_LONG_FOR_BCRYPT,
                  "passwordConfirm": TOO_LONG_FOR_BCRYPT}, {"password": "validation_invalid_value"}),
    ],
)  # fmt: skip
def test_a_new_account_is_refused(people, accounts, who, body, errors):
    assert codes(people[who]("POST", records_path(accounts), body)) == (400, CREATE, errors)


@pytest.mark.parametrize(
    ("who", "body", "shown"),
    [
        ("guest", {**BOTH, "email": "n@example.com"}, {"verified": False, "email": None}),
        ("guest", {**BOTH, "email": "n@example.com", "emailVisibility": True}, {"email": "n@example.com"}),
        ("boss", {**BOTH, "email": "n@example.com", "name": "boss"}, {"email": "n@example.com"}),
        ("boss", {**BOTH, "email": "n@example.com", "verified": True}, {"verified": True}),
        ("root", {**BOTH, "email": "n@example.com", "verified": True}, {"verified": True}),
        (
            "guest",
            {"email": "n@example.com", "password": 12345678, "passwordConfirm": "12345678"},
            {"verified": False},
        ),
    ],
)
def test_a_new_account_is_made(people, accounts, who, body, shown):
    status, record = people[who]("POST", records_path(accounts), body)
    assert (status, {name: record.get(name) for name in shown}) == (200, shown)
    assert not {"password", "tokenKey", "passwordConfirm", "oldPassword"} & set(record)


@pytest.mark.parametrize(
    ("who", "body", "errors"),
    [
        ("user", {"email": "new@example.com"}, {"email": MISMATCH}),
        ("user", {"verified": True}, {"verified": MISMATCH}),
        ("user", BOTH, {"oldPassword": REQUIRED}),
        ("user", {**BOTH, "oldPassword": "wrong"}, {"oldPassword": "validation_invalid_old_password"}),
        ("user", {"passwordConfirm": PASSWORD}, {
            "password": REQUIRED, "passwordConfirm": MISMATCH, "oldPassword": REQUIRED}),
        ("user", {"oldPassword": PASSWORD}, {"password": REQUIRED, "passwordConfirm": REQUIRED}),
        ("boss", {"password": PASSWORD}, {"passwordConfirm": REQUIRED}),
        ("user", {"password": ""}, {"password": REQUIRED}),
        ("boss", {"email": "boss@example.com"}, {"email": "validation_not_unique"}),
        ("boss", {"id": "other0000000001", "verified": True}, {"verified": MISMATCH}),
        ("root", {"tokenKey": "short"}, {"tokenKey": "validation_min_text_constraint"}),
        ("root", {"id": "other0000000001"}, {"id": "validation_pk_change"}),
    ],
)  # fmt: skip
def test_a_change_is_refused(people, accounts, who, body, errors):
    before = stored(accounts, USER).values
    assert codes(people[who]("PATCH", records_path(accounts, USER), body)) == (400, UPDATE, errors)
    assert stored(accounts, USER).values == before


@pytest.mark.parametrize(
    ("who", "body", "is_signed_out"),
    [
        ("user", {}, False),
        ("user", {"email": "user@example.com", "verified": False}, False),
        ("user", {"emailVisibility": True, "tokenKey": "x" * 30, "secret": "x"}, False),
        ("user", {**BOTH, "oldPassword": PASSWORD}, True),
        ("boss", BOTH, True),
        ("boss", {"email": "new@example.com"}, True),
        ("boss", {"verified": True}, False),
        ("root", {"tokenKey": "x" * 30, **BOTH}, True),
    ],
)
def test_a_change_keeps_or_ends_the_sessions(people, accounts, who, body, is_signed_out):
    before = stored(accounts, USER)["tokenKey"]
    status, _ = people[who]("PATCH", records_path(accounts, USER), body)
    after = stored(accounts, USER)
    assert (status, after["tokenKey"] != before, after["secret"]) == (200, is_signed_out, "")


def owned(accounts, name) -> Record:
    """A row of a system collection that belongs to the user."""
    collection = find_collection(name)
    assert collection is not None
    record = new_record(collection)
    values = {"collectionRef": accounts.id, "recordRef": USER, "method": "password", "password": "12345678",
              "fingerprint": "f", "provider": "google", "providerId": "1"}  # fmt: skip
    for field, value in values.items():
        if field in record.values:
            record[field] = value
    save_record(record)
    return record


SYSTEM = ("_authOrigins", "_externalAuths", "_mfas", "_otps")


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        pytest.param({"name": "x"}, set(), id="nothing"),
        pytest.param(BOTH, {"_authOrigins", "_mfas", "_otps"}, id="password"),
        pytest.param({"email": "new@example.com"}, {"_otps"}, id="email"),
        pytest.param({"tokenKey": "x" * 40}, {"_otps"}, id="token_key"),
        pytest.param({"verified": True}, {"_externalAuths", "_otps"}, id="verified"),
    ],
)
def test_what_a_change_takes_along(people, root, accounts, body, gone):
    rows = {name: owned(accounts, name) for name in SYSTEM}
    assert root("PATCH", records_path(accounts, USER), body)[0] == 200
    assert {name for name, row in rows.items() if find_record(row.collection, row.id) is None} == gone


def test_what_a_deleted_account_takes_along(people, root, accounts):
    rows = [owned(accounts, name) for name in SYSTEM]
    assert root("DELETE", records_path(accounts, USER)) == (204, None)
    assert [find_record(row.collection, row.id) for row in rows] == [None] * 4


def test_an_id_of_another_auth_collection_is_refused(people, root, accounts, make_collection):
    others = make_accounts(make_collection, "others")
    answer = root("POST", records_path(others), {"id": USER, "email": "o@example.com", **BOTH})
    assert codes(answer) == (400, CREATE, {"id": "validation_invalid_auth_id"})


def test_the_last_superuser_stays(root):
    superusers = find_collection("_superusers")
    for item in root("GET", "/collections/_superusers/records?perPage=100")[1]["items"]:
        if item["id"] != "superuser000001":
            assert root("DELETE", records_path(superusers, item["id"])) == (204, None)
    status, body = root("DELETE", records_path(superusers, "superuser000001"))
    assert (status, body["message"]) == (400, "You can't delete the only existing superuser.")


def test_a_superuser_is_verified_and_replaces_the_installer(root):
    superusers = find_collection("_superusers")
    body = {"email": "__pbinstaller@example.com", "id": "installer000001", **BOTH}
    assert root("POST", records_path(superusers), body)[0] == 200
    body = {"email": "first@example.com", "verified": False, **BOTH}
    assert root("POST", records_path(superusers), body)[1]["verified"] is True
    assert find_record(superusers, "installer000001") is None


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"collectionRef": REQUIRED, "recordRef": REQUIRED, "method": REQUIRED}),
        (
            {"collectionRef": "nope", "recordRef": "x", "method": "m"},
            {"collectionRef": "validation_invalid_collection_id"},
        ),
        (
            {"collectionRef": "{accounts}", "recordRef": "x", "method": "m"},
            {"recordRef": "validation_invalid_record"},
        ),
        ({"collectionRef": "{accounts}", "recordRef": USER, "method": "m"}, None),
    ],
)
def test_rows_that_refer_to_an_account(people, root, accounts, values, errors):
    body = {name: value.replace("{accounts}", accounts.id) for name, value in values.items()}
    answer = root("POST", "/collections/_mfas/records", body)
    assert answer[0] == 200 if errors is None else codes(answer) == (400, CREATE, errors)


@pytest.mark.parametrize(("provider", "errors"), [("google", None), ("nope", "validation_in_invalid")])
def test_a_linked_account_needs_a_known_provider(people, root, accounts, provider, errors):
    body = {"collectionRef": accounts.id, "recordRef": USER, "provider": provider, "providerId": "1"}
    answer = root("POST", "/collections/_externalAuths/records", body)
    assert answer[0] == 200 if errors is None else codes(answer) == (400, CREATE, {"provider": errors})

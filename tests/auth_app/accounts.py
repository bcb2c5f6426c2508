"""People and collections that the tests of signing in share."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.test import Client

from auth_app.superusers import superusers_collection
from auth_app.tokens import issue_auth_token
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.definitions.saving import save_collection
from collections_app.fields.password_field import Password
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from platform_app.database.ids import new_record_id

PASSWORD = "1234567890"
SECRET = "s" * 50
TOKEN_KEY = "k" * 50
CHEAP = Password(PASSWORD, cost=4)  # hashed once for all tests

TOKENS = {
    name: {"secret": SECRET + name, "duration": seconds}
    for name, seconds in {
        "authToken": 432000,
        "fileToken": 180,
        "verificationToken": 86400,
        "passwordResetToken": 1800,
        "emailChangeToken": 1900,
    }.items()
}


def auth_options(**changes: Any) -> dict[str, Any]:
    """The stored options of an auth collection: password sign-in, no alert."""
    return {
        "authRule": "",
        "manageRule": None,
        "passwordAuth": {"enabled": True, "identityFields": ["email"]},
        "authAlert": {"enabled": False},
        **TOKENS,
        **changes,
    }


def members(**changes: Any) -> Collection:
    """An auth collection that is in no database."""
    return Collection(id="pbc_members", name="members", type="auth", options=auth_options(**changes))


def alice(collection: Collection | None = None, **changes: Any) -> Record:
    values = {"id": "alice0000000001", "tokenKey": TOKEN_KEY, "email": "alice@example.com", **changes}
    return Record(collection or members(), values, original={})


# --- in the database --------------------------------------------------------------------------------

CREATED = "2026-01-02 03:04:05.678Z"
PERSON = {"emailVisibility": False, "verified": True, "password": CHEAP}


def join(collection: str, record_id: str, **values: Any) -> Record:
    """A new row of an auth collection, read back as a record; `tokenKey` comes from the id."""
    plant(collection, **{**PERSON, "id": record_id, "tokenKey": record_id + TOKEN_KEY[:30], **values})
    return stored(collection, record_id)


def change_superuser_options(**changes: Mapping[str, Any]) -> None:
    """Other options of `_superusers`, each group merged with what it has, saved as a superuser would."""
    collection = superusers_collection()
    merged = {name: {**collection.options[name], **group} for name, group in changes.items()}
    save_collection(replace(collection, options={**collection.options, **merged}), collection)


def rows_of(name: str) -> Any:
    """All rows of a collection, as a query set of its model."""
    return collection_model(name)._default_manager.all()


def plant(collection: str, **values: Any) -> Any:
    """A new row as it is, without checks and hooks."""
    model = collection_model(collection)
    (row,) = model._default_manager.bulk_create([model(**{"id": new_record_id(), **values})])
    return row


def stored(collection: str, record_id: str) -> Record:
    found = find_collection(collection)
    assert found is not None
    record = find_record(found, record_id)
    assert record is not None
    return record


def post(client: Client, path: str, body: Any = None, *, as_record: Record | None = None, **headers: str):
    """The answer to a JSON request; no body at all for None."""
    if as_record is not None:
        headers["authorization"] = issue_auth_token(as_record)
    text = "" if body is None else json.dumps(body)
    return client.post(f"/api/collections/{path}", text, content_type="application/json", headers=headers)


def answer(response) -> tuple[int, Any]:
    return response.status_code, response.json()


def error(status: int, message: str, data: dict[str, Any] | None = None) -> tuple[int, Any]:
    return status, {"data": data or {}, "message": message, "status": status}

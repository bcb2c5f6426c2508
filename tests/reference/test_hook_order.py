"""The order of the hooks, replayed from PocketBase 0.39.11 (`hook_order.json`, its own log of each call)."""

import json
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client

from collections_app.catalog import find_collection
from collections_app.records.querying.finding import find_first
from tests.reference.hook_logs import noting
from tests.reference.writing_collections import make_writing_collections

STEPS = json.loads(Path(__file__).with_name("hook_order.json").read_text())

# A password or verified state that changes takes other rows along. PocketBase deletes them one by one, some
# after the record's own write; here they go in the transaction of that write, so their success hooks wait for
# its commit.
IN_ONE_TRANSACTION = {"verify", "change password"}


@pytest.fixture
def superuser(adopted_db: Client) -> dict[str, str]:
    answer = adopted_db.post(
        "/api/collections/_superusers/auth-with-password",
        {"identity": "test@example.com", "password": "1234567890"},
        content_type="application/json",
    )
    return {"authorization": answer.json()["token"]}


def test_hooks_run_in_the_order_of_the_reference(adopted_db, superuser, make_collection, monkeypatch):
    make_writing_collections(make_collection)
    # The test's own transaction never commits; its end is not the one that matters here.
    monkeypatch.setattr(transaction, "on_commit", lambda work, **kwargs: work())
    auth = find_collection("wa")
    log: list[str] = []

    def note(name, mark, event):
        owner = event if hasattr(event, "collection") else getattr(event, "record", None)
        collection = getattr(owner, "collection", None)
        log.append(f"on{name} {mark} {collection.name if collection else ''}".strip())

    differences = {}
    with noting(note):
        for step in STEPS:
            log.clear()
            body = json.dumps(step["body"]).replace("{wa}", auth.id) if step["body"] is not None else None
            answer = adopted_db.generic(
                step["method"], step["url"], body or "", content_type="application/json", headers=superuser
            )
            assert answer.status_code == step["status"], (step["name"], answer.content)
            expected, got = step["hooks"], list(log)
            if step["name"] in IN_ONE_TRANSACTION:
                expected, got = _begun(expected), _begun(got)
            if got != expected:
                differences[step["name"]] = (got, expected)
    assert differences == {}
    assert find_first(auth, "email", "hook@example.com") is None


def _begun(log: list[str]) -> list[str]:
    """What began before the commit, in order; then what the commit set off, in order."""
    begun = [line for line in log if "<" in line]
    return [line for line in begun if "Success" not in line] + [line for line in begun if "Success" in line]

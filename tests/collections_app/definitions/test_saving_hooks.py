"""The order of the hooks around a collection (contract/hooks.md 2 and 4), and what receivers may do."""

from dataclasses import replace

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from collections_app import events
from collections_app.catalog import find_collection, forget_catalog
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.importing import import_collections
from collections_app.definitions.saving import delete_collection, save_collection
from collections_app.records.storage import FileAttributes, record_storage
from platform_app.hooks.hook import Hook
from tests.collections_app.designing import refusal

NAMES = [
    name
    for name, hook in vars(events).items()
    if isinstance(hook, Hook) and name.startswith(("collection", "model_"))
]


@pytest.fixture
def connect():
    """Connect receivers that go with the test."""
    connected = []

    def join(name, receiver, **options):
        hook = getattr(events, name)
        hook.connect(receiver, **options)
        connected.append((hook, receiver))

    yield join
    for hook, receiver in connected:
        hook.disconnect(receiver)


@pytest.fixture
def fired(connect):
    """The names of the hooks that fire, in order."""
    seen = []
    for name in NAMES:
        connect(name, lambda event, name=name, **kwargs: seen.append(name))
    return seen


def order(kind, *, request=True):
    checks = [] if kind == "delete" else ["collection_validate", "model_validate"]
    return [
        *([f"collection_{kind}_request"] if request else []),
        f"collection_{kind}",
        f"model_{kind}",
        *checks,
        f"collection_{kind}_execute",
        f"model_{kind}_execute",
        f"collection_after_{kind}_success",
        f"model_after_{kind}_success",
    ]


def test_create_update_and_delete_fire_in_order(design, committing, fired):
    design.make("posts")
    assert fired == order("create")
    fired.clear()
    design.change("posts", listRule="")
    assert fired == order("update")
    fired.clear()
    design("DELETE", "collections/posts")
    assert fired == order("delete")


def test_invalid_change_ends_with_the_error_hooks(design, fired):
    design.make("posts")
    fired.clear()
    design.change("posts", listRule="nope = 1")
    assert fired == [
        "collection_update_request",
        "collection_update",
        "model_update",
        "collection_validate",
        "collection_after_update_error",
        "model_after_update_error",
    ]


def test_import_validates_without_hooks(db, fired, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        import_collections([{"name": "one"}], delete_missing=False)
    assert fired == [name for name in order("create", request=False) if not name.endswith("_validate")]


def test_receiver_may_put_another_definition_in_place(design, connect):
    def open_it(event, **kwargs):
        event.collection = replace(event.collection, list_rule="")

    connect("collection_create", open_it, collection="posts")
    assert design.make("posts")["listRule"] == ""
    assert design.make("notes")["listRule"] is None


def test_failing_receiver_undoes_table_and_definition(design, connect):
    def fail_after(event, **kwargs):
        yield
        raise ValueError("no such luck")

    connect("collection_create_execute", fail_after)
    answer = design("POST", "collections", {"name": "posts"})
    assert answer == refusal("Failed to create collection. Raw error: \nno such luck.")


def test_stopped_request_answers_nothing(design, connect):
    def stop(event, **kwargs):
        return
        yield

    connect("collection_create_request", stop)
    assert design("POST", "collections", {"name": "posts"}) == (200, None)
    assert find_collection("posts") is None


def test_change_made_from_an_outdated_definition_is_refused(db):
    made = save_collection(blank_collection("base", "posts"), None)
    save_collection(replace(made, list_rule=""), made)
    with pytest.raises(Exception, match="was changed meanwhile"):
        save_collection(replace(made, view_rule=""), made)
    stored = find_collection("posts")
    assert stored is not None
    assert (stored.list_rule, stored.view_rule) == ("", None)
    delete_collection(stored)


def test_a_rollback_of_the_callers_transaction_takes_a_deletion_back_with_its_files(
    make_collection, fired, settings, tmp_path
):
    backend = settings.STORAGES["records"]["BACKEND"]
    records = {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "records": records}
    doomed = make_collection("doomed")
    path = f"{doomed.id}/r1/a.txt"
    record_storage().store(path, ContentFile(b"a"), FileAttributes("text/plain", "a.txt"))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        delete_collection(doomed)
        raise ZeroDivisionError
    forget_catalog()
    assert find_collection("doomed") is not None
    assert list(record_storage().list(f"{doomed.id}/")) == [path]
    assert [name for name in fired if "success" in name] == []

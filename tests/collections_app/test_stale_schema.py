"""What a process answers in the moment after another one changed the schema."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client

from collections_app.catalog import find_collection
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.schema.editor import apply_steps
from collections_app.schema.plan import plan
from tests.collections_app.designing import text


def change_elsewhere(name, *, rename):
    """As another process would do it: this one keeps its snapshot."""
    before = find_collection(name)
    assert before is not None
    after = replace(
        before,
        name=rename.get(name, name),
        fields=tuple(replace(field, name=rename.get(field.name, field.name)) for field in before.fields),
    )
    StoredCollection.from_collection(after).save()
    apply_steps(plan(before, after))
    SchemaVersion.bump()


@pytest.fixture
def posts(design):
    design.make("posts", text("title"), listRule="", createRule="")
    design.add("posts", id="post00000000001", title="one")


NEEDS_SQLITE = "on PostgreSQL the failing statement would end this test's transaction"


@pytest.mark.skipif(connection.vendor != "sqlite", reason=NEEDS_SQLITE)
def test_renamed_column_is_read_and_written(posts):
    change_elsewhere("posts", rename={"title": "headline"})
    page = Client().get("/api/collections/posts/records").json()
    assert [item["headline"] for item in page["items"]] == ["one"]
    change_elsewhere("posts", rename={"headline": "subject"})
    created = Client().post("/api/collections/posts/records", {"subject": "two"}, "application/json")
    assert (created.status_code, created.json()["subject"]) == (200, "two")


def test_renamed_collection_is_found(posts):
    change_elsewhere("posts", rename={"posts": "articles"})
    page = Client().get("/api/collections/articles/records").json()
    assert [item["title"] for item in page["items"]] == ["one"]


def test_filter_over_a_new_name_compiles(posts):
    change_elsewhere("posts", rename={"title": "headline"})
    page = Client().get("/api/collections/posts/records?filter=headline='one'").json()
    assert page["totalItems"] == 1

"""What a process answers in the moment after another one changed the schema."""

import asyncio
from dataclasses import replace

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client

from auth_app.tokens import issue_auth_token
from collections_app import catalog as catalog_module
from collections_app.catalog import catalog, find_collection, forget_catalog, load_catalog
from collections_app.definitions.saving import delete_collection, truncate_collection
from collections_app.events import collection_update_request
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.stale_schema import MOST_TRIES, with_fresh_schema
from collections_app.tables.editors import apply_steps
from collections_app.tables.plan import plan
from platform_app.database.lanes import mark_unrepeatable
from platform_app.runtime_settings.current import forget_settings
from platform_app.wire.errors import NotFound
from tests.auth_app.accounts import join, stored
from tests.collections_app.designing import refusal, text


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


@pytest.fixture(autouse=True)
def _no_look_in_time(monkeypatch):
    """However slow the machine, this process does not look for a new schema by itself."""
    monkeypatch.setattr(catalog_module, "CHECK_SECONDS", 3600.0)


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


# --- what is asked for silently ---------------------------------------------------------------------------


@pytest.fixture
def notes(design, posts):
    relation = {"type": "relation", "name": "post", "collectionId": find_collection("posts").id}
    rules = dict.fromkeys(("listRule", "createRule"), "")
    design.make("notes", text("body"), relation, **rules)
    design.add("notes", id="note00000000001", post="post00000000001")
    design.change("posts", viewRule="title != ''")


def test_relation_to_a_changed_collection_is_expanded(design, notes):
    change_elsewhere("posts", rename={"title": "headline"})
    StoredCollection.objects.filter(name="posts").update(viewRule="headline != ''")
    page = Client().get("/api/collections/notes/records?expand=post").json()
    assert [note["expand"]["post"]["headline"] for note in page["items"]] == ["one"]


def test_batch_whose_answer_needs_a_changed_collection_is_written(design, notes):
    design("PATCH", "settings", {"batch": {"enabled": True}})
    note = {"id": "note00000000002", "post": "post00000000001"}
    create = {"method": "POST", "url": "/api/collections/notes/records?expand=post", "body": note}
    find_collection("posts")
    change_elsewhere("posts", rename={"title": "headline"})
    StoredCollection.objects.filter(name="posts").update(viewRule="headline != ''")
    status, answers = design("POST", "batch", {"requests": [create]})
    assert (status, answers[0]["body"]["expand"]["post"]["headline"]) == (200, "one")
    assert len(design.values("notes", "id")) == 2
    forget_settings()


def test_batch_is_written_though_the_database_refuses_to_expand_its_answer(design, notes):
    design("PATCH", "settings", {"batch": {"enabled": True}})
    with connection.cursor() as cursor:
        cursor.execute('ALTER TABLE "posts" RENAME COLUMN "title" TO "gone"')  # and nobody says so
    note = {"id": "note00000000002", "post": "post00000000001"}
    create = {"method": "POST", "url": "/api/collections/notes/records?expand=post", "body": note}
    status, answers = design("POST", "batch", {"requests": [create]})
    assert (status, "expand" in answers[0]["body"]) == (200, False)
    assert len(design.values("notes", "id")) == 2
    forget_settings()


@pytest.mark.skipif(connection.vendor != "sqlite", reason=NEEDS_SQLITE)
def test_token_of_a_changed_collection_is_taken(design, posts):
    design.make("members", text("nickname"), type="auth")
    join("members", "member000000001", email="member@example.com")
    token = issue_auth_token(stored("members", "member000000001"))
    design.change("posts", listRule="@request.auth.id != ''")
    client = Client(headers={"authorization": token})
    assert client.get("/api/collections/posts/records").json()["totalItems"] == 1
    change_elsewhere("members", rename={"nickname": "called"})
    assert client.get("/api/collections/posts/records").json()["totalItems"] == 1


# --- names that mean another collection by now ------------------------------------------------------------


@pytest.mark.parametrize("remove", [delete_collection, truncate_collection])
def test_what_was_meant_goes_not_what_is_called_so_now(design, posts, remove):
    meant = find_collection("posts")
    design.change("posts", name="articles")
    design.make("posts", text("title"))
    design.add("posts", id="other0000000001", title="kept")
    remove(meant)
    assert design.values("posts", "title") == [("kept",)]
    status, page = design("GET", "collections/articles/records")
    assert status == 404 or page["totalItems"] == 0


# --- changes at the same time -----------------------------------------------------------------------------


@pytest.fixture
def meanwhile():
    """Do something once, between reading a definition and saving what was made of it."""
    todo = []

    def run(event, **kwargs):
        if todo:
            todo.pop()()

    collection_update_request.connect(run)
    yield todo.append
    collection_update_request.disconnect(run)


def add_elsewhere(name, field=None, **rules):
    """Another process adds a field or sets rules."""
    before = load_catalog().find(name)
    fields = before.fields if field is None else (*before.fields, replace(before.fields[-1], **field))
    after = replace(before, fields=fields, updated="2030-01-01 00:00:00.000Z", **rules)
    StoredCollection.from_collection(after).save()
    apply_steps(plan(before, after))
    SchemaVersion.bump()


def test_rules_are_set_on_the_fields_that_somebody_added(design, posts, meanwhile):
    meanwhile(lambda: add_elsewhere("posts", {"id": "added", "name": "added"}))
    assert design.change("posts", viewRule="")[0] == 200
    made = design("GET", "collections/posts")[1]
    assert ([field["name"] for field in made["fields"]], made["viewRule"]) == (["id", "title", "added"], "")


def test_fields_are_set_on_the_rules_that_somebody_changed(design, posts, meanwhile):
    fields = design("GET", "collections/posts")[1]["fields"]
    meanwhile(lambda: add_elsewhere("posts", view_rule=""))
    assert design.change("posts", fields=[*fields, text("mine")])[0] == 200
    made = design("GET", "collections/posts")[1]
    assert ([field["name"] for field in made["fields"]], made["viewRule"]) == (["id", "title", "mine"], "")


@pytest.mark.parametrize("member", ["fields", "Fields", "indexes"])
def test_list_that_would_drop_what_somebody_added_is_refused(design, posts, meanwhile, member):
    body = {member: design("GET", "collections/posts")[1][member.lower()]}
    meanwhile(lambda: add_elsewhere("posts", {"id": "added", "name": "added"}))
    reason = "the collection posts was changed meanwhile, please try again."
    assert design.change("posts", **body) == refusal(f"Failed to update collection. Raw error: \n{reason}")
    names = [field["name"] for field in design("GET", "collections/posts")[1]["fields"]]
    assert names == ["id", "title", "added"]


# --- trying again -----------------------------------------------------------------------------------------


class Failing:
    """Work that fails so many times, another process changing the schema before each; then it answers."""

    def __init__(self, times, error=NotFound, *, commits=False):
        self.times, self.error, self.commits, self.tries = times, error, commits, 0

    def __call__(self):
        catalog()
        self.tries += 1
        if self.commits:
            mark_unrepeatable()
        if self.tries <= self.times:
            SchemaVersion.bump()
            raise self.error
        return "done"


@pytest.mark.parametrize("error", [NotFound, OperationalError, DatabaseError])
@pytest.mark.parametrize("is_known", [True, False])
def test_work_is_done_again_for_every_change(db, error, is_known):
    if is_known:
        catalog()
    work = Failing(MOST_TRIES - 1, error)
    assert (with_fresh_schema(work), work.tries) == ("done", MOST_TRIES)


@pytest.mark.parametrize(
    ("work", "tries"),
    [
        pytest.param(Failing(MOST_TRIES), MOST_TRIES, id="too_many_changes"),
        pytest.param(Failing(1, ValueError), 1, id="an_error_of_another_kind"),
        pytest.param(Failing(1, commits=True), 1, id="something_is_written"),
    ],
)
def test_work_is_not_done_again(db, work, tries):
    with pytest.raises(work.error):
        with_fresh_schema(work)
    assert work.tries == tries


def test_error_under_the_known_schema_is_no_reason_to_try_again(db):
    tries = []

    def work():
        catalog()
        tries.append(1)
        raise NotFound

    with pytest.raises(NotFound):
        with_fresh_schema(work)
    assert len(tries) == 1


def test_loser_of_a_deadlock_tries_again(db):
    class Deadlock(Exception):
        sqlstate = "40P01"

    tries = []

    def work():
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError from Deadlock()
        return "done"

    assert (with_fresh_schema(work), len(tries)) == ("done", 2)


# --- the snapshot -----------------------------------------------------------------------------------------


def test_snapshot_that_was_read_before_a_change_is_not_kept(db, monkeypatch):
    real = load_catalog

    def load_and_be_overtaken():
        loaded = real()
        SchemaVersion.bump()
        forget_catalog()  # as the thread does that made the change
        return loaded

    forget_catalog()
    monkeypatch.setattr(catalog_module, "load_catalog", load_and_be_overtaken)
    overtaken = catalog()
    monkeypatch.setattr(catalog_module, "load_catalog", real)
    assert catalog().version == overtaken.version + 1


def test_snapshot_can_be_loaded_on_the_thread_of_the_event_loop(db):
    """An inline request that has written its row must not fail because its answer needs the definitions."""

    async def load():
        return load_catalog()

    assert [one.name for one in asyncio.run(load()).collections] == [
        one.name for one in load_catalog().collections
    ]

"""Changes of collections end up in files (contract/system.md 14), and lead to the same elsewhere."""

import copy
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as configured

from collections_app import events
from collections_app.catalog import load_catalog
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.saving import save_collection
from collections_app.migrating import automigrate
from collections_app.migrating.label import LABEL
from tests.collections_app.designing import text
from tests.collections_app.migrating.project import (
    applied,
    apply,
    dependencies,
    files,
    operations,
    run,
    take_back,
)
from tests.served import ROOT, manage, start

SECRET = "hush-hush-hush-hush-hush-hush-hush"


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.JOEY_MIGRATIONS_DIR = tmp_path / "pb_migrations"
    return settings.JOEY_MIGRATIONS_DIR


@pytest.fixture
def automigrating(folder):
    """AUTOMIGRATE is on; yields the folder."""
    automigrate.connect()
    yield folder
    for hooks, _, _ in automigrate.RECEIVERS:
        for hook in hooks:
            hook.disconnect(dispatch_uid=automigrate.UID)


def listed(design):
    """All collections by id, as the API shows them, without what may differ between two installations."""
    items = design("GET", "collections?perPage=500")[1]["items"]
    for item in items:
        del item["created"], item["updated"]
        if item["type"] == "view":
            for field in item["fields"]:
                del field["id"]
    return {item["id"]: item for item in items}


# --- what is written ----------------------------------------------------------------------------------


def test_tests_and_production_write_nothing_unless_asked():
    assert configured.JOEY_AUTOMIGRATE is False


def test_a_change_writes_only_what_changed_and_the_way_back(design, automigrating):
    design.make("posts", text("t1", name="title"), text("t2"), indexes=["CREATE INDEX i1 ON posts (title)"])
    status, _ = design.change(
        "posts",
        listRule="heading != ''",
        fields=[text("t1", name="heading", max=9), {"type": "bool", "name": "ok", "id": "b1"}],
        indexes=["CREATE INDEX i1 ON posts (heading)"],
    )
    assert status == 200
    created, updated = sorted(automigrating.glob("*.py"))
    assert (
        updated.read_text(encoding="utf-8")
        == f'''"""The collection posts was updated."""

from django.db import migrations

from collections_app.migration_operations import Added, Changed, Removed, UpdateCollection


class Migration(migrations.Migration):
    dependencies = [("pb_migrations", "{created.stem}")]

    operations = [
        UpdateCollection(
            "pbc_1125843985",
            name="posts",
            before={{"listRule": None}},
            after={{"listRule": "heading != ''"}},
            fields=[
                Removed(
                    {{
                        "autogeneratePattern": "",
                        "help": "",
                        "hidden": False,
                        "id": "t2",
                        "max": 0,
                        "min": 0,
                        "name": "t2",
                        "pattern": "",
                        "presentable": False,
                        "primaryKey": False,
                        "required": False,
                        "system": False,
                        "type": "text",
                    }},
                    at=2,
                ),
                Added(
                    {{
                        "help": "",
                        "hidden": False,
                        "id": "b1",
                        "name": "ok",
                        "presentable": False,
                        "required": False,
                        "system": False,
                        "type": "bool",
                    }},
                    at=2,
                ),
                Changed("t1", before={{"max": 0, "name": "title"}}, after={{"max": 9, "name": "heading"}}),
            ],
            indexes=[
                Removed("CREATE INDEX i1 ON posts (title)", at=0),
                Added("CREATE INDEX i1 ON posts (heading)", at=0),
            ],
        ),
    ]
'''
    )


def test_files_are_named_in_order_follow_each_other_and_count_as_applied(design, automigrating):
    design.make("posts")
    design.change("posts", name="articles")
    design("DELETE", "collections/articles")
    design.make("posts")
    paths = sorted(automigrating.glob("*.py"))
    assert files(automigrating) == [
        "created_posts.py",
        "updated_posts.py",
        "deleted_articles.py",
        "created_posts.py",
    ]
    assert [dependencies(path) for path in paths[1:]] == [[(LABEL, path.stem)] for path in paths[:-1]]
    assert {app for app, _ in dependencies(paths[0])} == {
        "admin_ui",
        "auth_app",
        "collections_app",
        "system_app",
    }
    assert applied() == [path.stem for path in paths]


def test_secrets_and_oauth2_providers_stay_at_home(design, automigrating):
    design.make("members", type="auth", authToken={"secret": SECRET, "duration": 60})
    provider = {"name": "google", "clientId": "client-id", "clientSecret": SECRET}
    assert design.change("members", oauth2={"enabled": True, "providers": [provider]})[0] == 200
    assert files(automigrating) == ["created_members.py", "updated_members.py"]
    written = "".join(path.read_text(encoding="utf-8") for path in automigrating.glob("*.py"))
    assert [word for word in (SECRET, "client-id", "secret", "providers") if word in written] == []


def test_a_change_that_no_file_would_show_writes_none(design, automigrating):
    design.make("members", type="auth")
    assert design.change("members", authToken={"secret": SECRET})[0] == 200
    assert design.change("members")[0] == 200
    assert files(automigrating) == ["created_members.py"]


def test_an_import_writes_one_file(design, automigrating):
    relation = {"type": "relation", "name": "r", "maxSelect": 1}
    items = [
        {"id": "id_one", "name": "one", "fields": [{**relation, "collectionId": "id_two"}]},
        {"id": "id_two", "name": "two", "fields": [{**relation, "collectionId": "id_one"}]},
    ]
    assert design("PUT", "collections/import", {"collections": items})[0] == 204
    assert files(automigrating) == ["imported_collections.py"]


def test_a_refused_change_leaves_no_file(design, automigrating):
    design.make("posts", text("t"))
    assert design.change("posts", listRule="nothing = 1")[0] == 400
    wrong = [{"name": "fine"}, {"name": "wrong", "listRule": "nothing = 1"}]
    assert design("PUT", "collections/import", {"collections": wrong})[0] == 400
    assert design.change("posts", indexes=["CREATE INDEX i ON posts (nothing)"])[0] == 400
    assert files(automigrating) == ["created_posts.py"]
    assert len(applied()) == 1


def test_a_file_that_cannot_be_written_stops_the_change(design, automigrating):
    automigrating.write_text("in the way")
    status, answer = design("POST", "collections", {"name": "posts"})
    assert (status, answer["message"].splitlines()[0]) == (400, "Failed to create collection. Raw error: ")
    assert load_catalog().find("posts") is None


def test_a_hook_that_fails_afterwards_takes_the_file_along(design, automigrating):
    def fail(event, **kwargs):
        yield
        raise ValueError("no")

    events.collections_import_request.connect(fail)
    events.collection_create_execute.connect(fail, priority=2_000_000)
    try:
        assert design("POST", "collections", {"name": "posts"})[0] == 400
    finally:
        events.collections_import_request.disconnect(fail)
        events.collection_create_execute.disconnect(fail)
    assert (files(automigrating), applied()) == ([], [])


def test_code_records_its_changes_only_when_it_says_so(db, automigrating):
    save_collection(blank_collection("base", "quiet"), None)
    with automigrate.recording():
        save_collection(blank_collection("base", "loud"), None)
    assert files(automigrating) == ["created_loud.py"]


def test_what_follows_from_a_change_is_left_out(design, automigrating):
    design.make("posts", text("t1", name="title"))
    design.make("titles", type="view", viewQuery="select id, title as t from posts")

    def accompany(event, **kwargs):
        if event.collection.name == "orders":
            save_collection(blank_collection("base", "order_lines"), None)

    events.collection_after_create_success.connect(accompany)
    try:
        design.make("orders")
    finally:
        events.collection_after_create_success.disconnect(accompany)
    # The view's column takes over the limit; where the file is applied, it will do so just as well.
    assert design.change("posts", fields=[text("t1", name="title", max=9)])[0] == 200
    assert [field["max"] for field in design("GET", "collections/titles")[1]["fields"]] == [0, 9]
    assert files(automigrating) == [
        "created_posts.py",
        "created_titles.py",
        "created_orders.py",
        "updated_posts.py",
    ]


# --- there and back -----------------------------------------------------------------------------------


def build(design):
    """A little of everything."""
    posts = design.make(
        "posts",
        text("t1", name="title"),
        {"type": "number", "name": "n", "id": "n1"},
        indexes=["CREATE INDEX idx_p ON posts (title)"],
    )
    relation = {"type": "relation", "name": "favourite", "collectionId": posts["id"], "maxSelect": 1}
    design.make("members", relation, type="auth")
    design.make("titles", type="view", viewQuery="select id, title,\n n from posts")
    fields = [posts["fields"][0], posts["fields"][2], {"type": "bool", "name": "ok", "id": "b1"}]
    fields.append({**posts["fields"][1], "name": "heading", "max": 40})
    indexes = ["CREATE INDEX idx_p ON posts (heading)", "CREATE UNIQUE INDEX idx_q ON posts (n)"]
    yield design.change("posts", fields=fields, indexes=indexes, listRule="ok = true")
    yield design.change("titles", viewQuery="select id, heading from posts", listRule="")
    yield design.change(
        "members", authToken={"duration": 1000}, otp={"enabled": True}, authRule="verified = true"
    )
    yield design.change("users", name="people")
    items = [
        {"id": "id_one", "name": "one", "fields": [{**relation, "collectionId": "id_two"}]},
        {"id": "id_two", "name": "two", "fields": [{**relation, "collectionId": "id_one"}]},
        {"id": posts["id"], "name": "posts", "viewRule": "", "fields": [fields[0], fields[3]]},
    ]
    yield design("PUT", "collections/import", {"collections": items})
    yield design("DELETE", "collections/titles")


def test_the_way_back_and_forth_ends_where_it_began(design, automigrating):
    before = listed(design)
    answers = [status for status, _ in build(design)]
    assert answers == [200, 200, 200, 200, 204, 204]
    after = listed(design)
    assert after != before

    take_back(automigrating)
    design.sign_in()
    assert listed(design) == before

    apply(automigrating)
    assert listed(design) == after


def test_new_secrets_are_made_where_a_file_is_applied(design, automigrating):
    design.make("members", type="auth")

    def secrets():
        options = load_catalog().find("members").options
        return {key: value["secret"] for key, value in options.items() if key.endswith("Token")}

    before = secrets()
    take_back(automigrating)
    apply(automigrating)
    after = secrets()
    assert len(after) == 5
    assert all(len(secret) == 50 for secret in after.values())
    assert not set(before.values()) & set(after.values())


def test_an_update_keeps_the_secrets_and_providers_that_are_there(design, automigrating):
    provider = {"name": "google", "clientId": "here", "clientSecret": SECRET}
    design.make("members", type="auth", oauth2={"enabled": True, "providers": [provider]})
    made = load_catalog().find("members")
    design.change("members", authToken={"duration": 77}, oauth2={"enabled": False})
    path = sorted(automigrating.glob("*_updated_members.py"))[0]
    path.rename(path.with_name("kept.py"))
    for other in automigrating.glob("*_created_members.py"):
        other.unlink()
    take_back(automigrating)
    apply(automigrating)
    now = load_catalog().find("members")
    wanted = copy.deepcopy(dict(made.options))
    wanted["authToken"]["duration"] = 77
    wanted["oauth2"]["enabled"] = False
    assert dict(now.options) == wanted


# --- the commands, on data directories of their own ---------------------------------------------------


def call(data_dir, *arguments):
    finished = subprocess.run(  # noqa: S603 - our own command
        manage(data_dir, *arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )
    return finished.returncode, finished.stdout + finished.stderr


def definitions(server):
    body = json.dumps({"identity": "a@example.com", "password": "1234567890"})
    sent = server.request(
        "POST",
        "/api/collections/_superusers/auth-with-password",
        {"content-type": "application/json"},
        body,
    )
    token = json.loads(sent.body)["token"]

    def design(method, path, data=None):
        headers = {"authorization": token, "content-type": "application/json"}
        answer = server.request(method, f"/api/{path}", headers, None if data is None else json.dumps(data))
        return answer.status, json.loads(answer.body) if answer.body else None

    return design


def test_a_second_installation_gets_the_same_collections(tmp_path, monkeypatch):
    first, second = tmp_path / "a" / "pb_data", tmp_path / "b" / "pb_data"
    for data_dir in (first, second):
        data_dir.mkdir(parents=True)
        assert call(data_dir, "superuser", "upsert", "a@example.com", "1234567890")[0] == 0
    monkeypatch.setenv("AUTOMIGRATE", "1")
    server = start(first)
    try:
        design = definitions(server)
        posts = {"name": "posts", "fields": [text("t1", name="title")], "listRule": ""}
        assert design("POST", "collections", posts)[0] == 200
        assert design("PATCH", "collections/posts", {"viewRule": "title = 'x'"})[0] == 200
        assert design("POST", "collections", {"name": "members", "type": "auth"})[0] == 200
        wanted = listed(design)
    finally:
        server.stop()
    monkeypatch.delenv("AUTOMIGRATE")

    # A server that starts picks up what is there.
    folder = tmp_path / "b" / "pb_migrations"
    (tmp_path / "a" / "pb_migrations").rename(folder)
    server = start(second)
    try:
        design = definitions(server)
        assert listed(design) == wanted
        assert design("POST", "collections", {"name": "unrecorded"})[0] == 200
    finally:
        server.stop()
    assert files(folder) == ["created_posts.py", "updated_posts.py", "created_members.py"]

    status, output = call(second, "migrate", LABEL, "zero")
    assert (status, output.count("Unapplying pb_migrations.")) == (0, 3)
    status, output = call(second, "migrate")
    assert (status, output.count("Applying pb_migrations.")) == (0, 3)


def test_replacing_a_collection_in_a_hook_is_written_as_it_was_stored(design, automigrating):
    def open_up(event, **kwargs):
        event.collection = replace(event.collection, list_rule="")

    events.collection_create.connect(open_up)
    try:
        design.make("posts")
    finally:
        events.collection_create.disconnect(open_up)
    assert '"listRule": "",' in next(automigrating.glob("*.py")).read_text(encoding="utf-8")


def test_rename_that_a_view_follows_leads_there_and_back(design, automigrating):
    made = design.make("posts", text("t1", name="title"))
    design.make("v", type="view", viewQuery="select id, title from posts")
    before = listed(design)
    fields = [dict(field, name={"title": "heading"}.get(field["name"], "id")) for field in made["fields"]]
    assert design.change("posts", name="articles", fields=fields)[0] == 200
    after = listed(design)
    # What the view does follows from that elsewhere, too.
    assert files(automigrating) == ["created_posts.py", "created_v.py", "updated_posts.py"]
    assert after != before
    for operation in operations(sorted(automigrating.glob("*.py"))[-1]):
        run(operation, backwards=True)
        assert listed(design) == before
        run(operation)
    assert listed(design) == after
    take_back(automigrating)
    apply(automigrating)
    assert listed(design) == after

"""PocketBase's migrations in JavaScript become ours, as far as they are about collections alone."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from collections_app.catalog import find_collection
from collections_app.migrating.javascript import NotOnlyCollections, read_operations
from collections_app.migration_operations import (
    Added,
    Changed,
    CreateCollection,
    DeleteCollection,
    ImportCollections,
    Removed,
    UpdateCollection,
)
from tests.collections_app.migrating.project import operations

HEAD = '/// <reference path="../pb_data/types.d.ts" />\n'


def field(name, **options):
    return {"id": f"text_{name}", "name": name, "type": "text", **options}


POSTS: dict[str, Any] = {
    "id": "pbc_posts0000000",
    "name": "posts",
    "type": "base",
    "system": False,
    "listRule": 'title != "a}\\"; // b"',
    "viewRule": None,
    "createRule": None,
    "updateRule": None,
    "deleteRule": None,
    "fields": [
        {
            **field("id", primaryKey=True, system=True, required=True, pattern="^[a-z0-9]+$"),
            "min": 15,
            "max": 15,
        },
        field("title", max=10),
    ],
    "indexes": ["CREATE INDEX idx_posts ON posts (title)"],
}


def js(value):
    return json.dumps(value, indent=2)


def migration(up, down):
    return f"{HEAD}migrate((app) => {{\n  {up}\n}}, (app) => {{\n  {down}\n}})\n"


def made(definition):
    return f"const collection = new Collection({js(definition)});\n\n  return app.save(collection);"


def found(*sentences, end="return app.save(collection)"):
    first = f'const collection = app.findCollectionByNameOrId("{POSTS["id"]}")'
    return "\n\n  ".join([first, *sentences, end])


def put(at, item):
    return f"// add field\n  collection.fields.addAt({at}, new Field({js(item)}))"


def gone(name):
    return f'// remove field\n  collection.fields.removeById("text_{name}")'


def told(**data):
    return f"// update collection data\n  unmarshal({js(data)}, collection)"


CREATE = migration(made(POSTS), found(end="return app.delete(collection);"))
DELETE = migration(found(end="return app.delete(collection);"), made(POSTS))
SNAPSHOT = migration(
    f"const snapshot = {js([POSTS])};\n\n  return app.importCollections(snapshot, false);", "return null;"
)
UPDATE = migration(
    found(
        told(name="articles", listRule="", indexes=[]),
        gone("title"),
        put(1, field("heading")),
        put(0, {**POSTS["fields"][0], "max": 20}),
    ),
    found(
        told(name="posts", listRule=POSTS["listRule"], indexes=POSTS["indexes"]),
        put(1, POSTS["fields"][1]),
        gone("heading"),
        put(0, POSTS["fields"][0]),
    ),
)


def read(text):
    return read_operations(text, name="posts", id_of=str)


def written(operation):
    """What a migration file says of it."""
    return {key: value for key, value in vars(operation).items() if key[0] != "_"}


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        pytest.param(CREATE, CreateCollection, {"definition": POSTS}, id="create"),
        pytest.param(DELETE, DeleteCollection, {"definition": POSTS}, id="delete"),
        pytest.param(
            SNAPSHOT,
            ImportCollections,
            {"definitions": [POSTS], "delete_missing": False, "broken": ()},
            id="snapshot",
        ),
        pytest.param(
            SNAPSHOT.replace("false", "true", SNAPSHOT.count("false")).replace(
                '"system": true', '"system": false'
            ),
            ImportCollections,
            None,
            id="snapshot_that_deletes",
        ),
        pytest.param(
            UPDATE,
            UpdateCollection,
            {
                "collection_id": POSTS["id"],
                "name": "posts",
                "before": {"name": "posts", "listRule": POSTS["listRule"]},
                "after": {"name": "articles", "listRule": ""},
                "fields": [
                    Removed(POSTS["fields"][1], 1),
                    Added(field("heading"), 1),
                    Changed("text_id", {"max": 15}, {"max": 20}),
                ],
                "indexes": [Removed(POSTS["indexes"][0], 0)],
            },
            id="update",
        ),
    ],
)
def test_a_file_that_pocketbase_writes_is_an_operation(text, kind, said):
    [operation] = read(text)
    assert type(operation) is kind
    assert said is None or written(operation) == said


@pytest.mark.parametrize(
    "text",
    ["migrate((app) => {}, (app) => {})", "migrate((app) => {\n  // nothing yet\n})", "migrate((db)=>{ })"],
)
def test_a_file_that_does_nothing_has_no_operations(text):
    assert read(text) == []


def test_what_belongs_to_one_installation_is_left_out():
    auth = {
        **POSTS,
        "type": "auth",
        "created": "x",
        "updated": "x",
        "oauth2": {"enabled": True, "providers": [1]},
    }
    [operation] = read(migration(made(auth), found(end="return app.delete(collection)")))
    assert operation.definition == {**POSTS, "type": "auth", "oauth2": {"enabled": True}}
    view = {**POSTS, "type": "view", "viewQuery": "select id from x"}
    [operation] = read(migration(made(view), found(end="return app.delete(collection)")))
    assert "fields" not in operation.definition


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "line 1: its end", id="empty"),
        pytest.param("x = 1", "line 1: x = 1", id="no_migration"),
        pytest.param(
            migration("app.db().newQuery('x').execute()", ""),
            "line 3: app.db().newQuery('x').execute()",
            id="sql",
        ),
        pytest.param(migration(found(told(name="b"), "for (;;) {}"), ""), "line 10: for (;;) {}", id="code"),
        pytest.param(CREATE + "console.log(1)", "console.log(1)", id="more_behind"),
        pytest.param(
            migration(made(POSTS).replace('"name"', "name", 1), ""),
            "line 3: const collection = new Collection({",
            id="no_json",
        ),
        pytest.param(
            migration(found(gone("title")), found()), "nothing says how the field text_title", id="field_lost"
        ),
        pytest.param(migration(made(POSTS), ""), "its way back is not", id="no_way_back"),
        pytest.param(
            CREATE.replace("app.save(collection)", "app.save(other)"),
            "return app.save(other);",
            id="another_collection",
        ),
    ],
)
def test_a_file_that_does_anything_else_is_refused_with_its_line(text, problem):
    with pytest.raises(NotOnlyCollections, match=re.escape(problem)):
        read(text)


# --- the command --------------------------------------------------------------------------------------


@pytest.fixture
def folders(db, settings, tmp_path):
    settings.JOEY_MIGRATIONS_DIR = tmp_path / "ours"
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    return theirs, tmp_path / "ours"


def convert(folder, *options):
    output = StringIO()
    call_command("collections", "convert", str(folder), *options, stdout=output)
    return output.getvalue()


def applied():
    from collections_app.migrating.files import applied_names

    return applied_names()


def test_a_folder_is_converted_in_order_and_can_be_applied_and_taken_back(folders):
    theirs, ours = folders
    (theirs / "100_created_posts.js").write_text(CREATE)
    (theirs / "200_fill.js").write_text("migrate((app) => {\n  app.save(new Record())\n})")
    (theirs / "300_updated_posts.js").write_text(UPDATE)
    (theirs / "notes.md").write_text("x")
    said = convert(theirs).splitlines()
    assert said == [
        f"Wrote 2 migrations to {ours}; 0 are noted as applied.",
        "200_fill.js waits to be written by hand: line 2: app.save(new Record())",
    ]
    assert sorted(path.name for path in ours.iterdir()) == ["100_created_posts.py", "300_updated_posts.py"]
    text = (ours / "300_updated_posts.py").read_text()
    assert 'dependencies = [("pb_migrations", "100_created_posts")]' in text
    [create], [update] = (operations(path) for path in sorted(ours.iterdir()))
    create.run(backwards=False)
    update.run(backwards=False)
    collection = find_collection("articles")
    assert [one.name for one in collection.fields] == ["id", "heading"]
    update.run(backwards=True)
    create.run(backwards=True)
    assert find_collection("posts") is None


@pytest.mark.parametrize(
    ("recorded", "options", "expected"),
    [
        pytest.param([], [], set(), id="none"),
        pytest.param(["100_created_posts.js"], [], {"100_created_posts"}, id="on_record"),
        pytest.param([], ["--applied"], {"100_created_posts", "300_updated_posts"}, id="told"),
    ],
)
def test_what_the_database_has_on_record_counts_as_applied(folders, recorded, options, expected):
    theirs, _ = folders
    (theirs / "100_created_posts.js").write_text(CREATE)
    (theirs / "300_updated_posts.js").write_text(UPDATE)
    with connection.cursor() as cursor:
        cursor.execute('DROP TABLE IF EXISTS "_migrations"')
        cursor.execute('CREATE TABLE "_migrations" ("file" TEXT, "applied" BIGINT)')
        for name in recorded:
            cursor.execute('INSERT INTO "_migrations" VALUES (%s, 1)', [name])
    before = applied()
    convert(theirs, *options)
    assert applied() - before == expected


@pytest.mark.parametrize("problem", ["has migrations already", "is not a directory"])
def test_a_folder_that_cannot_be_converted_is_refused(folders, problem):
    theirs, ours = folders
    if "already" in problem:
        ours.mkdir()
        (ours / "1_mine.py").write_text("")
    else:
        theirs = theirs / "nowhere"
    with pytest.raises(CommandError, match=problem):
        convert(theirs)

"""The operations in migration files, the text of these files, and the commands around them."""

import ast
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.writer import MigrationWriter
from hypothesis import given
from hypothesis import strategies as st

from collections_app import migration_operations as ops
from collections_app.catalog import load_catalog
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.saving import save_collection
from collections_app.migrating.changes import (
    Added,
    Changed,
    Removed,
    Reordered,
    changed_list,
    list_changes,
    object_changes,
)
from collections_app.migrating.files import (
    file_names,
    forget_missing,
    leaf_names,
    record_applied,
    write_migration,
)
from collections_app.migrating.text import literal, migration_text
from collections_app.migration_operations import (
    ChangeCollections,
    CreateCollection,
    DeleteCollection,
    ImportCollections,
    MigrationRefused,
    UpdateCollection,
    index_key,
    operation_for,
    portable_definition,
)
from tests.collections_app.designing import ID_FIELD, text
from tests.collections_app.migrating.project import applied, dependencies, files, operations, run

# --- lists --------------------------------------------------------------------------------------------


def items(*pairs):
    return [{"id": key, "value": value} for key, value in pairs]


def key_of(item):
    return item["id"]


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        pytest.param(items(("a", 1)), items(("a", 1)), [], id="nothing"),
        pytest.param(items(), items(("a", 1)), [Added(items(("a", 1))[0], at=0)], id="added"),
        pytest.param(
            items(("a", 1), ("b", 2)), items(("a", 1)), [Removed(items(("b", 2))[0], at=1)], id="removed"
        ),
        pytest.param(
            items(("a", 1)), items(("a", 2)), [Changed("a", {"value": 1}, {"value": 2})], id="changed"
        ),
        pytest.param(
            items(("a", 1), ("b", 2)),
            items(("b", 2), ("a", 1)),
            [Reordered(["a", "b"], ["b", "a"])],
            id="reordered",
        ),
    ],
)
def test_list_changes(before, after, changes):
    assert list_changes(before, after, key_of) == changes


lists = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 2)), unique_by=lambda pair: pair[0])


@given(before=lists, after=lists)
def test_changes_lead_to_the_new_list_and_back(before, after):
    old, new = items(*before), items(*after)
    changes = list_changes(old, new, key_of)
    assert changed_list(old, changes, key_of) == new
    assert changed_list(new, changes, key_of, backwards=True) == old


@given(before=lists, after=lists)
def test_changes_of_texts_lead_there_and_back(before, after):
    old, new = (
        [f"CREATE INDEX {name} ON t (c{number})" for name, number in pairs] for pairs in (before, after)
    )
    changes = list_changes(old, new, index_key)
    assert changed_list(old, changes, index_key) == new
    assert changed_list(new, changes, index_key, backwards=True) == old


def test_changes_leave_alone_what_somebody_else_did():
    changes = list_changes(items(("a", 1), ("b", 1)), items(("a", 2), ("c", 1)), key_of)
    assert changed_list(items(("a", 1), ("x", 7)), changes, key_of) == items(("a", 2), ("c", 1), ("x", 7))


def test_object_changes_go_into_objects():
    before = {"a": 1, "b": {"x": 1, "y": [1]}, "c": None, "d": False}
    after = {"a": 1, "b": {"x": 1, "y": [2]}, "c": "", "d": 0}
    assert object_changes(before, after) == (
        {"b": {"y": [1]}, "c": None, "d": False},
        {"b": {"y": [2]}, "c": "", "d": 0},
    )


# --- texts --------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(value=json_values, depth=st.integers(0, 30))
def test_literals_read_as_they_were(value, depth):
    assert ast.literal_eval(literal(value, depth=depth)) == value


@pytest.mark.parametrize(
    ("value", "source"),
    [
        pytest.param('a "b"', "'a \"b\"'", id="double_quotes"),
        pytest.param("'a' \"b\"", r'''"'a' \"b\""''', id="both_quotes"),
        pytest.param("\u202eevil\x7f\u200b", '"\\u202eevil\\u007f\\u200b"', id="invisible"),
        pytest.param("\U000e0001\xe4\U0001f600", '"\\U000e0001\xe4\U0001f600"', id="beyond_16_bits"),
    ],
)
def test_a_text_shows_what_it_holds(value, source):
    assert (literal(value), ast.literal_eval(source)) == (source, value)


def test_a_title_cannot_end_its_docstring():
    text_of_it = migration_text('Joins """ and \\.', [], [])
    assert ast.get_docstring(ast.parse(text_of_it)) == 'Joins """ and \\.'


def test_a_migration_without_operations_has_no_imports():
    assert migration_text("Joins.", [("pb_migrations", "a"), ("pb_migrations", "b")], []) == (
        '"""Joins."""\n\nfrom django.db import migrations\n\n\n'
        "class Migration(migrations.Migration):\n"
        '    dependencies = [("pb_migrations", "a"), ("pb_migrations", "b")]\n\n'
        "    operations = []\n"
    )


def test_django_can_write_the_operations_too():
    operation = UpdateCollection(
        "id1", name="posts", fields=[Changed("f1", before={"max": 0}, after={"max": 1})]
    )
    text_of_it, imports = MigrationWriter.serialize([operation.fields[0]])
    assert (text_of_it, imports) == (
        "[collections_app.migration_operations.Changed('f1', after={'max': 1}, before={'max': 0})]",
        {"import collections_app.migration_operations"},
    )
    assert operation.deconstruct() == (
        "UpdateCollection",
        ("id1",),
        {"name": "posts", "fields": operation.fields},
    )


@pytest.mark.parametrize(
    ("operation", "description"),
    [
        (CreateCollection({"name": "posts"}), "Create collection posts"),
        (DeleteCollection({"name": "posts"}), "Delete collection posts"),
        (UpdateCollection("id1", name="posts"), "Update collection posts"),
        (ChangeCollections([]), "Change 0 collections"),
        (ImportCollections([]), "Import 0 collections"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_operations_describe_themselves(operation, description):
    assert operation.describe() == description
    assert type(operation).__name__ in ops.__all__


# --- running them -------------------------------------------------------------------------------------


def definition(name, *fields, **members):
    made = portable_definition(blank_collection(members.pop("type", "base"), name))
    return {**made, "fields": [ID_FIELD, *fields], **members}


def find(name):
    return load_catalog().find(name)


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        pytest.param(
            UpdateCollection("pbc_gone", name="gone"),
            "There is no collection gone (pbc_gone) to update, and no migration that creates it. "
            "Where it exists, `manage.py collections snapshot` writes one.",
            id="update_of_a_missing_one",
        ),
        pytest.param(
            CreateCollection(definition("_superusers")),
            "The collection _superusers cannot be created: "
            "name: Collection name must be unique (case insensitive).",
            id="create_twice",
        ),
        pytest.param(
            CreateCollection(definition("posts", listRule="nothing = 1")),
            "The collection posts cannot be created: "
            'listRule: Invalid rule. Raw error: invalid left operand "nothing" - unknown field "nothing".',
            id="invalid_rule",
        ),
        pytest.param(
            CreateCollection(definition("posts", {"type": "nothing"})),
            'The collection posts cannot be created: missing or unknown field type in {"type":"nothing"}.',
            id="malformed",
        ),
        pytest.param(
            CreateCollection(definition("posts", indexes=["CREATE INDEX i ON posts (nothing)"])),
            None,
            id="index",
        ),
        pytest.param(
            DeleteCollection(definition("_superusers", id="pbc_3142635823")),
            "The collection _superusers cannot be deleted: "
            "[_superusers] system collections cannot be deleted.",
            id="system",
        ),
    ],
)
def test_what_cannot_be_done_is_explained_and_changes_nothing(db, operation, message):
    before = [portable_definition(one) for one in load_catalog().collections]
    with pytest.raises(MigrationRefused) as refusal:
        run(operation)
    if message is not None:
        assert str(refusal.value) == message
    assert [portable_definition(one) for one in load_catalog().collections] == before


def test_deleting_what_is_gone_is_done_already(db):
    run(DeleteCollection(definition("gone")))


def test_updates_of_two_people_add_up(db):
    run(CreateCollection(definition("posts", text("a"))))
    start = find("posts")
    one = merged(start, text("b"), listRule="")
    two = merged(start, text("c"), viewRule="")
    first, second = operation_for(start, one), operation_for(start, two)
    run(first)
    run(second)
    assert [field.name for field in find("posts").fields] == ["id", "a", "c", "b"]
    assert (find("posts").list_rule, find("posts").view_rule) == ("", "")
    run(first, backwards=True)
    assert [field.name for field in find("posts").fields] == ["id", "a", "c"]
    assert (find("posts").list_rule, find("posts").view_rule) == (None, "")


def merged(collection, *fields, **members):
    return ops.merge_definition(
        collection, {"fields": [*(field.as_json() for field in collection.fields), *fields], **members}
    )


def test_an_update_keeps_the_values_of_a_renamed_column(db):
    run(CreateCollection(definition("posts", text("t1", name="title"))))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO posts (id, title) VALUES ('post00000000001', 'kept')")
    update = UpdateCollection(
        find("posts").id,
        name="posts",
        before={"name": "posts"},
        after={"name": "articles"},
        fields=[Changed("t1", before={"name": "title"}, after={"name": "heading"})],
    )
    run(update)
    assert rows("SELECT id, heading FROM articles") == [("post00000000001", "kept")]
    run(update, backwards=True)
    assert rows("SELECT id, title FROM posts") == [("post00000000001", "kept")]


def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_a_view_waits_for_the_table_that_its_old_query_needs(db):
    run(CreateCollection(definition("posts", text("t1", name="title"))))
    query = "select id, title from posts"
    view = definition("titles", type="view", viewQuery=query)
    del view["fields"]
    run(CreateCollection(view))
    rename = UpdateCollection(
        find("posts").id,
        name="posts",
        fields=[Changed("t1", before={"name": "title"}, after={"name": "heading"})],
    )
    repair = UpdateCollection(
        find("titles").id,
        name="titles",
        before={"viewQuery": query},
        after={"viewQuery": "select id, heading from posts"},
    )
    run(rename)
    run(repair)
    run(repair, backwards=True)
    run(rename, backwards=True)
    assert [field.name for field in find("titles").fields] == ["id", "title"]
    assert rows("SELECT * FROM titles") == []


def test_a_snapshot_creates_and_updates_and_deletes_only_if_told(db):
    run(CreateCollection(definition("posts", text("a"), text("b"))))
    run(CreateCollection(definition("extra")))
    snapshot = [definition("posts", text("a"), listRule=""), definition("fresh")]
    run(ImportCollections(snapshot))
    assert [field.name for field in find("posts").fields] == ["id", "a", "b"]
    assert (find("posts").list_rule, find("extra") is None, find("fresh") is None) == ("", False, False)

    run(ImportCollections(snapshot, delete_missing=True))
    names = {one.name for one in load_catalog().collections if not one.system}
    assert ([field.name for field in find("posts").fields], names) == (["id", "a"], {"posts", "fresh"})

    run(ImportCollections(snapshot), backwards=True)
    assert find("fresh") is not None


def test_a_snapshot_that_cannot_be_imported_is_explained(db):
    with pytest.raises(MigrationRefused, match="^The collection posts cannot be imported: listRule: Invalid"):
        run(ImportCollections([definition("posts", listRule="nothing = 1")]))


def test_changes_that_need_each_other_are_judged_together(db):
    def one(name, target):
        field = {"type": "relation", "name": "r", "id": "r1", "collectionId": target, "maxSelect": 1}
        return CreateCollection({**definition(name, field), "id": f"id_{name}"})

    both = ChangeCollections([one("one", "id_two"), one("two", "id_one")])
    run(both)
    assert (find("one").id, find("two").id) == ("id_one", "id_two")
    run(both, backwards=True)
    assert (find("one"), find("two")) == (None, None)
    with pytest.raises(MigrationRefused, match="^The collection one cannot be saved: fields: "):
        run(ChangeCollections([one("one", "id_nothing")]))


# --- files and commands -------------------------------------------------------------------------------


@pytest.fixture
def folder(db, settings, tmp_path):
    settings.JOEY_MIGRATIONS_DIR = tmp_path / "pb_migrations"
    return settings.JOEY_MIGRATIONS_DIR


@pytest.fixture
def say(capsys):
    def call(*arguments):
        call_command(*arguments)
        return capsys.readouterr().out

    return call


def test_a_missing_folder_holds_nothing(folder):
    assert (file_names(), leaf_names([]), folder.exists()) == ([], [], False)


def test_a_snapshot_is_written_whole_and_counts_as_applied(folder, say):
    save_collection(blank_collection("auth", "people_here"), None)
    output = say("collections", "snapshot")
    [path] = folder.glob("*.py")
    assert output == f"Wrote {len(load_catalog().collections)} collections to {path}\n"
    assert (files(folder), applied()) == (["collections_snapshot.py"], [path.stem])
    [operation] = operations(path)
    assert operation.definitions == [portable_definition(one) for one in load_catalog().collections]
    assert operation.delete_missing is False
    run(operation)
    # Index texts come out in their normal form; everything else is as it was.
    assert [without_indexes(portable_definition(one)) for one in load_catalog().collections] == [
        without_indexes(one) for one in operation.definitions
    ]


def without_indexes(one):
    return {key: value for key, value in one.items() if key != "indexes"}


def test_history_sync_forgets_what_has_no_file(folder, say):
    kept, gone = (write_migration(name, "Empty.", []) for name in ("kept", "gone"))
    for path in (kept, gone):
        record_applied(path)
    gone.unlink()
    assert say("collections", "history-sync") == (f"Forgot {gone.stem}\nThe history agrees with {folder}.\n")
    assert applied() == [kept.stem]
    assert forget_missing([kept.stem]) == []


def test_two_branches_are_named_and_can_be_merged(folder, say):
    base = write_migration("base", "Empty.", [])
    record_applied(base)
    ours = write_migration("ours", "Empty.", [])
    theirs = write_migration("theirs", "Empty.", [], dependencies=[base.stem])
    with pytest.raises(CommandError) as refusal:
        call_command("migrate", verbosity=0)
    assert str(refusal.value) == (
        "2 migrations of collections do not know of each other, so their order is unknown:\n"
        f"  {ours} (after {base.stem})\n"
        f"  {theirs} (after {base.stem})\n"
        "They were probably made on different machines. Read them; when both may run, in any order, write a "
        "migration that joins them:\n"
        "  manage.py collections merge\n"
        "Otherwise delete the one that is not wanted, or make it depend on the other."
    )
    with pytest.raises(CommandError, match="^2 migrations of collections"):
        call_command("collections", "snapshot")

    say("collections", "merge")
    [merge] = folder.glob("*_merged.py")
    assert dependencies(merge) == [("pb_migrations", ours.stem), ("pb_migrations", theirs.stem)]
    call_command("migrate", verbosity=0)
    # Django runs the parents of a merge in no certain order.
    assert (sorted(applied()[1:3]), applied()[3]) == ([ours.stem, theirs.stem], merge.stem)
    assert say("collections", "merge") == "Nothing to merge.\n"


def test_migrate_explains_a_change_that_is_refused(folder):
    write_migration("updated_gone", "Empty.", [UpdateCollection("pbc_gone", name="gone")])
    with pytest.raises(CommandError, match=r"^There is no collection gone \(pbc_gone\) to update"):
        call_command("migrate", verbosity=0)
    assert applied() == []


def test_migrate_explains_a_file_that_is_missing(folder):
    write_migration("second", "Empty.", [], dependencies=["first"])
    with pytest.raises(CommandError, match="Restore that file, or let the one that names it follow another"):
        call_command("migrate", verbosity=0)


def test_names_stay_in_order_when_the_clock_does_not(folder):
    folder.mkdir()
    (folder / "99999999999_late.py").write_text("")
    (folder / "pb_hook.js").write_text("")
    path = write_migration("next", "Empty.", [])
    assert path.name == "100000000000_next.py"
    assert file_names() == ["100000000000_next", "99999999999_late"]


def test_the_identity_of_an_index_is_its_name(db):
    start = replace(blank_collection("base", "posts"), indexes=("CREATE INDEX I1 ON posts (a)",))
    end = replace(start, name="articles", indexes=("CREATE INDEX `i1` ON `articles` (`b`)",))
    operation = operation_for(start, end)
    assert operation.indexes == [Removed(start.indexes[0], at=0), Added(end.indexes[0], at=0)]

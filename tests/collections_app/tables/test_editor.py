"""The schema editors: what a table looks like, and what happens to its rows, after a plan was carried out.

Runs on the engine that is configured: SQLite, or PostgreSQL with DATABASE_URL.
"""

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.definitions.saving import create_collection
from collections_app.definitions.scaffolds import field_of, id_field
from collections_app.fields.registry import field_types
from collections_app.models import SchemaVersion
from collections_app.tables.base_editor import IndexRefused
from collections_app.tables.editors import apply_steps
from collections_app.tables.plan import plan
from platform_app.database.row_counter import ROW_COUNTER

pytestmark = pytest.mark.django_db

ID = id_field()
A = field_of("text", "a")
B = field_of("text", "b")
TAGS: Any = field_of("select", "tags", values=["x", "y", "z"], maxSelect=1)
MANY_TAGS = replace(TAGS, max_select=3)

TEXT = ("TEXT", "''", True)
COLUMNS_SQLITE = {
    "a_text": TEXT,
    "an_editor": TEXT,
    "an_email": TEXT,
    "a_url": TEXT,
    "a_date": TEXT,
    "an_autodate": TEXT,
    "a_password": TEXT,
    "a_number": ("NUMERIC", "0", True),
    "a_bool": ("BOOLEAN", "FALSE", True),
    "one_select": TEXT,
    "many_selects": ("JSON", "'[]'", True),
    "one_file": TEXT,
    "many_files": ("JSON", "'[]'", True),
    "one_relation": TEXT,
    "many_relations": ("JSON", "'[]'", True),
    "a_json": ("JSON", "NULL", False),
    "a_geoPoint": ("JSON", """'{"lon":0,"lat":0}'""", True),
    "id": ("TEXT", "'r'||lower(hex(randomblob(7)))", True),
}
TEXT_POSTGRESQL = ("text", "C", "''::text", True)
COLUMNS_POSTGRESQL = {
    **dict.fromkeys(COLUMNS_SQLITE, TEXT_POSTGRESQL),
    **dict.fromkeys(("many_selects", "many_files", "many_relations"), ("text", "C", "'[]'::text", True)),
    "a_number": ("double precision", None, "0", True),
    "a_bool": ("boolean", None, "false", True),
    "a_json": ("text", "C", None, False),
    "a_geoPoint": ("text", "C", """'{"lon":0,"lat":0}'::text""", True),
}
OPTIONS = {
    "one_select": {"maxSelect": 1, "values": ["x"]},
    "many_selects": {"maxSelect": 2, "values": ["x"]},
    "one_file": {"maxSelect": 1},
    "many_files": {"maxSelect": 2},
    "one_relation": {"maxSelect": 1, "collectionId": "pbc_things"},
    "many_relations": {"maxSelect": 2, "collectionId": "pbc_things"},
}


def things(*fields, name="things", indexes=(), **attributes):
    return Collection(id="pbc_things", name=name, fields=(ID, *fields), indexes=indexes, **attributes)


def change(old, new):
    with transaction.atomic():
        apply_steps(plan(old, new))


def rows(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def execute(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def column_names(table):
    """The columns without the counter that PostgreSQL's tables have beside them."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return [column.name for column in found if column.name != ROW_COUNTER]


def index_names(table):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return {
        name
        for name, item in found.items()
        if item["index"] and not item["primary_key"] and item["columns"] != [ROW_COUNTER]
    }


def test_columns_of_every_type_in_alphabetical_order():
    names = set(COLUMNS_SQLITE) - {"id"}
    kinds = {name: name.split("_")[1].rstrip("s") if "_" in name else name for name in names}
    assert set(kinds.values()) == set(field_types()), "a field type without a column here"
    create_collection(things(*(field_of(kinds[name], name, **OPTIONS.get(name, {})) for name in names)))

    if connection.vendor == "sqlite":
        columns = {
            name: (kind, default, bool(not_null))
            for _, name, kind, not_null, default, _ in rows("PRAGMA table_info(things)")
        }
        assert columns == COLUMNS_SQLITE
    else:
        columns = {
            name: (kind, collation, default, not_null)
            for name, kind, collation, default, not_null in rows(
                """
                SELECT attname, format_type(atttypid, NULL), NULLIF(collname, 'default'),
                       pg_get_expr(adbin, adrelid), attnotnull
                FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                     LEFT JOIN pg_collation ON pg_collation.oid = attcollation
                WHERE attrelid = 'things'::regclass AND attnum > 0 ORDER BY attnum
                """
            )
        }
        del columns["id"]
        assert columns.pop(ROW_COUNTER) == ("bigint", None, None, True)
        expected = dict(COLUMNS_POSTGRESQL)
        del expected["id"]
        assert columns == expected
    assert column_names("things") == sorted(COLUMNS_SQLITE)


def test_creating_announces_a_new_schema_and_is_found_at_once():
    before = SchemaVersion.current()
    stored = create_collection(things(A))
    assert SchemaVersion.current() == before + 1
    found = catalog().find("THINGS")
    assert found is not None
    assert (found.id, [field.name for field in found.fields]) == ("pbc_things", ["id", "a"])
    assert stored.created == stored.updated == found.created != ""


def test_refused_index_leaves_neither_table_nor_definition():
    before = SchemaVersion.current()
    bad = things(A, indexes=("create index ok on things (a)", "create index broken on things (missing)"))
    with pytest.raises(IndexRefused) as refusal:
        create_collection(bad)
    assert (refusal.value.position, refusal.value.name) == (1, "broken")
    assert SchemaVersion.current() == before
    assert catalog().find("things") is None
    with connection.cursor() as cursor:
        assert "things" not in connection.introspection.table_names(cursor)


def test_added_column_gives_old_rows_its_default():
    create_collection(things(A))
    execute("INSERT INTO things (id, a) VALUES ('r1', 'one')")
    change(things(A), things(A, B, MANY_TAGS, field_of("number", "n"), field_of("json", "j")))
    assert rows("SELECT id, a, b, tags, n, j FROM things") == [("r1", "one", "", "[]", 0, None)]


def test_a_table_is_never_copied():
    """The first column stays first: a remade table would have them all in alphabetical order."""
    create_collection(things(field_of("text", "m")))
    old = things(field_of("text", "m"))
    change(old, things(field_of("text", "m"), A))
    assert column_names("things") == ["id", "m", "a"]


@pytest.mark.parametrize(
    ("after", "columns"),
    [
        pytest.param((replace(A, name="c"), B), {"c": "one", "b": "two"}, id="rename"),
        pytest.param((replace(A, name="b"), replace(B, name="a")), {"a": "two", "b": "one"}, id="swap"),
        pytest.param((replace(A, name="A"), B), {"A": "one", "b": "two"}, id="case_only"),
        pytest.param((B,), {"b": "two"}, id="drop"),
        pytest.param(
            (replace(A, name="old"), B, replace(field_of("text", "new"), name="a")),
            {"old": "one", "b": "two", "a": ""},
            id="new_field_takes_the_name",
        ),
    ],
)
def test_data_follows_its_column(after, columns):
    create_collection(things(A, B, indexes=("create index i on things (a)",)))
    execute("INSERT INTO things (id, a, b) VALUES ('r1', 'one', 'two')")
    change(things(A, B, indexes=("create index i on things (a)",)), things(*after))
    names = ", ".join(f'"{name}"' for name in columns)
    assert rows(f"SELECT {names} FROM things") == [tuple(columns.values())]
    assert sorted(column_names("things")) == sorted(["id", *columns])
    assert index_names("things") == set()


def test_renamed_table_keeps_rows_and_indexes():
    old = things(A, indexes=("create unique index i on things (a)",))
    create_collection(old)
    execute("INSERT INTO things (id, a) VALUES ('r1', 'one')")
    change(old, things(A, name="Items", indexes=("create unique index i on Items (a)",)))
    assert rows('SELECT id, a FROM "Items"') == [("r1", "one")]
    assert index_names("Items") == {"i"}


def test_table_renamed_in_case_only():
    create_collection(things(A))
    change(things(A), things(A, name="THINGS"))
    assert rows('SELECT id FROM "THINGS"') == []


@pytest.mark.parametrize(
    ("before", "after", "stored", "converted"),
    [
        pytest.param(TAGS, MANY_TAGS, "", "[]", id="empty_to_list"),
        pytest.param(TAGS, MANY_TAGS, "x", '["x"]', id="value_to_list"),
        pytest.param(TAGS, MANY_TAGS, '["x","y"]', '["x","y"]', id="list_stays"),
        pytest.param(TAGS, MANY_TAGS, "[x", '["[x"]', id="text_that_only_begins_like_a_list"),
        pytest.param(MANY_TAGS, TAGS, "[]", "", id="empty_list_to_value"),
        pytest.param(MANY_TAGS, TAGS, '["x","y"]', "y", id="last_item_wins"),
        pytest.param(MANY_TAGS, TAGS, "x", "x", id="plain_text_stays"),
    ],
)
def test_conversion_between_single_and_multiple(before, after, stored, converted):
    create_collection(things(A, before))
    create_collection(
        Collection(id="pbc_v", name="v", type="view", options={"viewQuery": "select id, tags from things"})
    )
    execute("INSERT INTO things (id, tags) VALUES ('r1', %s)", [stored])
    change(things(A, before), things(A, after))
    assert rows("SELECT tags FROM things") == [(converted,)]
    assert rows("SELECT tags FROM v") == [(converted,)]
    execute("INSERT INTO things (id) VALUES ('r2')")
    default = "[]" if after.is_multiple else ""
    assert rows("SELECT tags FROM things WHERE id = 'r2'") == [(default,)]


def test_dropped_collection_takes_its_table_along():
    create_collection(things(A))
    change(things(A), None)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows("SELECT 1 FROM things")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("select id, a from things;", [("r1", "one")], id="plain"),
        pytest.param("select (ROW_NUMBER() OVER()) as id, a from things", [("1", "one")], id="number_as_id"),
        pytest.param(
            "select t.id, t.a as theA from things t where `a` like 'o%'", [("r1", "one")], id="aliases"
        ),
    ],
)
def test_view_is_made_with_a_text_id(query, found):
    create_collection(things(A))
    execute("INSERT INTO things (id, a) VALUES ('r1', 'one')")
    create_collection(Collection(id="pbc_v", name="v", type="view", options={"viewQuery": query}))
    columns = '"id", "theA"' if "theA" in query else "id, a"
    assert rows(f"SELECT {columns} FROM v") == found
    assert len(column_names("v")) == 2
    change(Collection(id="pbc_v", name="v", type="view", options={"viewQuery": query}), None)
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor, include_views=True)
    assert "v" not in tables and "things" in tables


def test_unique_index_with_a_condition_and_a_collation():
    flag = field_of("bool", "isOn")
    create_collection(
        things(
            A,
            flag,
            indexes=("create unique index i on things (a collate nocase) where isOn = 1 and a != ''",),
        )
    )
    for record_id, text, is_on in (("r1", "One", True), ("r2", "two", True), ("r3", "one", False)):
        execute('INSERT INTO things (id, a, "isOn") VALUES (%s, %s, %s)', [record_id, text, is_on])
    with pytest.raises(DatabaseError), transaction.atomic():
        execute("""INSERT INTO things (id, a, "isOn") VALUES ('r4', 'ONE', %s)""", [True])

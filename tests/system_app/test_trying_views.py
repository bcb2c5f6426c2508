"""Views are tried: which of them work is known before somebody asks for their records."""

from contextlib import closing

import pytest
from django.db import connection

from collections_app.collection import Collection
from collections_app.fields.registry import field_from_json
from platform_app.database.sqlite_driver import sqlite3, sqlite_description
from platform_app.database.unreadable_views import unreadable_views, unreadable_views_text
from system_app.adopting import trying_views
from system_app.adopting.trying_views import broken_views

pytestmark = pytest.mark.django_db

# Of a hundred million rows the last: no machine gets there while somebody waits.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) "
    "SELECT 'last' AS id, MAX(i) AS title FROM n",
    "postgresql": "SELECT 'last' AS id, MAX(i)::text AS title FROM generate_series(1, 100000000000) AS s(i)",
}


def view(name, query, *columns):
    """A view in the database, and the collection that should be served from it."""
    if query:
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE VIEW "{name}" AS {query}')
    fields = [field_from_json({"type": "text", "name": column, "id": column}) for column in ("id", *columns)]
    return Collection(id=name, name=name, type="view", fields=tuple(fields))


def names(collections):
    return [found.name for found in broken_views(collections)]


def test_a_view_that_answers_is_not_mentioned():
    assert names([view("fine", "SELECT 'a' AS id, 'b' AS title", "title")]) == []


def test_a_view_without_rows_answers():
    assert names([view("empty", "SELECT 'a' AS id WHERE 1 = 2")]) == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        pytest.param("", "lost", id="view_that_is_not_there"),
        pytest.param("SELECT 'a' AS id", "title", id="column_that_is_not_there"),
    ],
)
def test_a_view_that_does_not_give_its_fields_is_named_with_the_reason(query, reason):
    (found,) = broken_views([view("lost", query, "title"), view("fine", "SELECT 'a' AS id")])
    assert str(found).startswith("The view lost does not work: ")
    assert reason in found.reason


def test_a_view_that_fails_with_its_first_row_is_named():
    failing = {
        "sqlite": "SELECT 'a' AS id, json_extract('{', '$.a') AS title",
        "postgresql": "SELECT 'a' AS id, (t::int)::text AS title FROM (VALUES ('x')) AS v(t)",
    }
    assert names([view("failing", failing[connection.vendor], "title")]) == ["failing"]


def test_a_slow_view_is_not_a_broken_one(monkeypatch):
    monkeypatch.setattr(trying_views, "PATIENCE_SECONDS", 0.05)
    assert names([view("slow", ENDLESS[connection.vendor], "title"), view("lost", "")]) == ["lost"]


@pytest.fixture
def database(tmp_path):
    """A database with two views, of which a newer SQLite may have made one."""
    path = tmp_path / "data.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE notes (id TEXT)")
        made.execute("CREATE VIEW fine AS SELECT id FROM notes")
        made.execute("CREATE VIEW newer AS SELECT id FROM notes")
        made.commit()
    return path


def spoil(database):
    with closing(sqlite3.connect(database)) as spoilt:
        spoilt.execute("PRAGMA writable_schema = ON")
        spoilt.execute(
            "UPDATE sqlite_master SET sql = 'CREATE VIEW newer AS SELECT id OF x' WHERE name = 'newer'"
        )
        spoilt.commit()


def test_a_view_that_this_sqlite_cannot_read_is_named(database):
    spoil(database)
    with (
        closing(sqlite3.connect(database)) as spoilt,
        pytest.raises(sqlite3.DatabaseError, match="malformed"),
    ):
        spoilt.execute("SELECT id FROM notes")
    assert [(found.name, found.reason) for found in unreadable_views(database)] == [
        ("newer", 'near "x": syntax error')
    ]
    assert unreadable_views_text(database) == (
        f"{sqlite_description()} cannot read data.db because of its views: "
        'newer (near "x": syntax error). '
        "Use a newer SQLite, such as pysqlite3's, or change these queries first."
    )


def test_what_can_be_read_is_no_finding(database):
    assert unreadable_views(database) == []
    assert unreadable_views_text(database) == ""


def test_what_is_no_database_is_no_finding(tmp_path):
    path = tmp_path / "data.db"
    path.write_bytes(b"no database, but longer than a header" * 10)
    assert unreadable_views(path) == []

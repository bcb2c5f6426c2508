"""Columns made by `column_sql` in real tables: what goes in comes out, on both engines."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from collections_app.fields.base import Field
from collections_app.fields.password_field import Password
from platform_app.database.sqlite_driver import sqlite3
from tests.collections_app.fields.judging import make

RoundTrip = Callable[[Field, Any], tuple[Any, Any]]

CASES = [
    ("text", {}, "héllo", "héllo"),
    ("text", {}, "123", "123"),
    ("editor", {}, "<p>1.50</p>", "<p>1.50</p>"),
    ("email", {}, "A@b.co", "A@b.co"),
    ("url", {}, "http://a.de", "http://a.de"),
    ("date", {}, "2024-05-01T10:00:00+02:00", "2024-05-01 08:00:00.000Z"),
    ("autodate", {}, "2024-05-01", "2024-05-01 00:00:00.000Z"),
    ("number", {}, 5.0, 5.0),
    ("number", {}, 0.1, 0.1),
    ("number", {}, -0.0, 0.0),
    ("number", {}, 1e21, 1e21),
    ("number", {}, 9007199254740993.0, 9007199254740992.0),
    ("bool", {}, True, True),
    ("bool", {}, False, False),
    ("select", {"values": ["a", "b"]}, "b", "b"),
    ("select", {"values": ["a", "b"]}, "5", "5"),
    ("select", {"values": ["a", "b"], "maxSelect": 2}, ["a", "b"], ["a", "b"]),
    ("select", {"values": ["a"], "maxSelect": 2}, [], []),
    ("select", {"values": ["<"], "maxSelect": 2}, ["<", "é"], ["<", "é"]),
    ("relation", {"collectionId": "x"}, "alice", "alice"),
    ("relation", {"collectionId": "x", "maxSelect": 2}, ["alice", "bob"], ["alice", "bob"]),
    ("file", {}, "a.png", "a.png"),
    ("file", {"maxSelect": 2}, ["a.png"], ["a.png"]),
    ("json", {}, None, "null"),
    ("json", {}, {"b": 1.0, "a": [True, None]}, '{"a":[true,null],"b":1}'),
    ("json", {}, "1.50", "1.5"),
    ("json", {}, "1e3", "1000"),
    ("json", {}, "-0", "0"),
    ("json", {}, "9223372036854775808", "9.223372036854776e+18"),
    ("json", {}, "9007199254740993", "9007199254740993"),
    ("json", {}, 1000000.5, "1.0000005e+06"),
    ("json", {}, "text", '"text"'),
    ("json", {}, "[1, 2]", "[1, 2]"),
    ("geoPoint", {}, {"lon": 1.5, "lat": -2.0}, {"lon": 1.5, "lat": -2.0}),
]
DEFAULTS = [
    *((kind, {}) for kind in ("text", "editor", "email", "url", "date", "autodate", "number", "bool")),
    *((kind, {}) for kind in ("select", "relation", "file", "json", "password", "geoPoint")),
    *((kind, {"maxSelect": 2}) for kind in ("select", "relation", "file")),
]


class SqliteTable:
    vendor = "sqlite"

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")

    def store(self, field: Field, *parameter: Any) -> Any:
        self.connection.execute("DROP TABLE IF EXISTS t")
        self.connection.execute(f"CREATE TABLE t (n INTEGER, f {field.column_sql('sqlite')})")
        if parameter:
            self.connection.execute("INSERT INTO t VALUES (1, ?)", parameter)
        else:
            self.connection.execute("INSERT INTO t (n) VALUES (1)")
        return self.connection.execute("SELECT f FROM t").fetchone()[0]

    def close(self) -> None:
        self.connection.close()


class PostgresqlTable:
    vendor = "postgresql"

    def __init__(self, url: str) -> None:
        import psycopg

        self.connection = psycopg.connect(url)

    def store(self, field: Field, *parameter: Any) -> Any:
        self.connection.execute("DROP TABLE IF EXISTS pg_temp.t")
        self.connection.execute(f"CREATE TEMP TABLE t (n INTEGER, f {field.column_sql('postgresql')})")
        if parameter:
            self.connection.execute("INSERT INTO t VALUES (1, %s)", parameter)
        else:
            self.connection.execute("INSERT INTO t (n) VALUES (1)")
        row = self.connection.execute("SELECT f FROM t").fetchone()
        assert row is not None
        return row[0]

    def close(self) -> None:
        self.connection.rollback()
        self.connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def table(request: pytest.FixtureRequest) -> Iterator[SqliteTable | PostgresqlTable]:
    made: SqliteTable | PostgresqlTable
    if request.param == "sqlite":
        made = SqliteTable()
    else:
        url = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251 - a variable of the tests alone
        if not url:
            pytest.skip("needs TEST_DATABASE_URL, a PostgreSQL database")
        made = PostgresqlTable(url)
    yield made
    made.close()


@pytest.mark.parametrize(("kind", "options", "raw", "value"), CASES)
def test_values_survive_a_column(table, kind, options, raw, value):
    field = make(kind, **options)
    stored = table.store(field, field.to_db(field.clean(raw)))
    decoded = stored if field.decoder is None else field.decoder(stored)
    assert (field.from_db(stored), decoded) == (value, value)
    assert type(decoded) is type(field.zero)


@pytest.mark.parametrize(("kind", "options"), DEFAULTS)
def test_column_default_is_the_zero_value(table, kind, options):
    field = make(kind, **options)
    assert field.from_db(table.store(field)) == field.zero


def test_password_column_holds_the_hash(table):
    field = make("password", cost=4)
    stored = table.store(field, field.to_db(Password("secret", 4)))
    assert stored.startswith("$2a$04$")
    assert field.from_db(stored) == stored


def test_id_column_makes_up_ids(table):
    field = make("text", name="id", primaryKey=True)
    made_up = table.store(field)
    assert (len(made_up), made_up[0], made_up.isalnum()) == (15, "r", True)


@pytest.mark.parametrize(
    ("kind", "options", "sql"),
    [
        ("text", {}, "TEXT DEFAULT '' NOT NULL"),
        ("text", {"primaryKey": True}, "TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL"),
        ("editor", {}, "TEXT DEFAULT '' NOT NULL"),
        ("email", {}, "TEXT DEFAULT '' NOT NULL"),
        ("url", {}, "TEXT DEFAULT '' NOT NULL"),
        ("date", {}, "TEXT DEFAULT '' NOT NULL"),
        ("autodate", {}, "TEXT DEFAULT '' NOT NULL"),
        ("password", {}, "TEXT DEFAULT '' NOT NULL"),
        ("number", {}, "NUMERIC DEFAULT 0 NOT NULL"),
        ("bool", {}, "BOOLEAN DEFAULT FALSE NOT NULL"),
        ("select", {"maxSelect": 1}, "TEXT DEFAULT '' NOT NULL"),
        ("relation", {}, "TEXT DEFAULT '' NOT NULL"),
        ("file", {}, "TEXT DEFAULT '' NOT NULL"),
        ("select", {"maxSelect": 2}, "JSON DEFAULT '[]' NOT NULL"),
        ("relation", {"maxSelect": 2}, "JSON DEFAULT '[]' NOT NULL"),
        ("file", {"maxSelect": 2}, "JSON DEFAULT '[]' NOT NULL"),
        ("json", {}, "JSON DEFAULT NULL"),
        ("geoPoint", {}, """JSON DEFAULT '{"lon":0,"lat":0}' NOT NULL"""),
    ],
)
def test_sqlite_definition(kind, options, sql):
    assert make(kind, **options).column_sql("sqlite") == sql


@pytest.mark.parametrize(("kind", "options", "raw", "value"), CASES)
def test_model_field_converts_like_the_field(kind, options, raw, value):
    field = make(kind, **options)
    column = field.model_field()
    assert column.get_prep_value(raw) == field.to_db(field.clean(raw))
    assert column.from_db_value(field.to_db(field.clean(raw)), None, None) == value
    assert column.get_default() == field.zero

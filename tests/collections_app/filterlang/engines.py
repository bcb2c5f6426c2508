"""Small databases on both engines, filled by the tests themselves: `WORLD` on SQLite and PostgreSQL."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, Protocol

import psycopg

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.filterlang.dialects.base import Dialect
from collections_app.filterlang.dialects.postgresql_functions_sql import STATEMENTS
from collections_app.filterlang.dialects.postgresql_sql import PostgresqlDialect
from collections_app.filterlang.dialects.sqlite_functions import register_sqlite_functions
from collections_app.filterlang.dialects.sqlite_sql import SqliteDialect
from collections_app.records.querying.resolving import compile_query
from collections_app.request_info import RequestInfo
from platform_app.database.row_counter import ROW_COUNTER
from platform_app.database.sqlite_driver import sqlite3
from tests.collections_app.filterlang.world import CATALOG, ROWS

GUEST = RequestInfo()
_schemas = count(1)
_SQLITE_TYPES = {"number": "NUMERIC", "bool": "BOOLEAN", "json": "JSON", "geoPoint": "JSON"}
_POSTGRESQL_TYPES = {"number": "DOUBLE PRECISION", "bool": "BOOLEAN"}


class Engine(Protocol):
    name: str
    dialect: Dialect

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]: ...


class SqliteEngine:
    name = "sqlite"
    mark = "?"

    def __init__(self) -> None:
        self.dialect: Dialect = SqliteDialect()
        self.connection = sqlite3.connect(":memory:")
        register_sqlite_functions(self.connection)

    def column_type(self, field: Field) -> str:
        return "JSON" if field.is_multiple else _SQLITE_TYPES.get(field.type, "TEXT")

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, params).fetchall()


class PostgresqlEngine:
    name = "postgresql"
    mark = "%s"

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.dialect: Dialect = PostgresqlDialect()
        self.connection = connection

    def column_type(self, field: Field) -> str:
        return _POSTGRESQL_TYPES.get(field.type, 'TEXT COLLATE "C"')

    def execute(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        # Compiled texts double their percent signs, as psycopg asks for when there are parameters.
        cursor = self.connection.execute(
            sql.encode() if params else sql.replace("%%", "%").encode(), params or None
        )
        return cursor.fetchall() if cursor.description else []


@contextmanager
def open_engine(name: str) -> Iterator[Any]:
    """An engine with all tables of the world, gone afterwards."""
    if name == "sqlite":
        engine = SqliteEngine()
        _fill(engine)
        yield engine
        engine.connection.close()
        return
    schema = f"joey_filters_{os.getpid()}_{next(_schemas)}"
    with psycopg.connect(postgresql_url(), autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{schema}"'.encode())
        connection.execute(f'SET search_path TO "{schema}"'.encode())
        for statement in STATEMENTS:
            connection.execute(statement.encode())
        server = PostgresqlEngine(connection)
        try:
            _fill(server)
            yield server
        finally:
            connection.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())


def postgresql_url() -> str:
    return os.environ.get("TEST_DATABASE_URL", "")  # noqa: TID251 - of the tests, not of the product


def _fill(engine: Any) -> None:
    for collection in CATALOG.collections:
        columns = ", ".join(f'"{field.name}" {engine.column_type(field)}' for field in collection.fields)
        if engine.name == "postgresql":
            columns += f', "{ROW_COUNTER}" BIGINT GENERATED ALWAYS AS IDENTITY'
        engine.execute(f'CREATE TABLE "{collection.name}" ({columns})')
        marks = ", ".join([engine.mark] * len(collection.fields))
        for row in ROWS.get(collection.name, []):
            values = [stored(field, row.get(field.name)) for field in collection.fields]
            engine.execute(f'INSERT INTO "{collection.name}" VALUES ({marks})', values)


def stored(field: Field, value: Any) -> Any:
    """What a column holds for a value; None stands for the type's zero value."""
    if field.type == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if field.type == "number":
        return float(value or 0)
    if field.type == "bool":
        return bool(value)
    if field.type == "geoPoint":
        lon, lat = value or (0, 0)
        return f'{{"lon":{lon},"lat":{lat}}}'
    if field.is_multiple:
        return json.dumps(value or [])
    return value or ""


def select(
    engine: Engine,
    collection: str | Collection,
    *,
    info: RequestInfo = GUEST,
    catalog: Catalog = CATALOG,
    **texts: Any,
) -> list[str]:
    """The ids that a rule, filter and sort select, in order."""
    found = catalog.find(collection) if isinstance(collection, str) else collection
    assert found is not None
    query = compile_query(found, info=info, catalog=catalog, dialect=engine.dialect, **texts)
    where = f" WHERE {query.where_sql}" if query.where_sql else ""
    order = f" ORDER BY {query.order_sql}" if query.order_sql else ""
    distinct = "DISTINCT " if query.distinct else ""
    columns = ", ".join(f'"{found.name}"."{field.name}"' for field in found.fields)
    rows = engine.execute(f"SELECT {distinct}{columns} FROM {query.from_sql}{where}{order}", query.params)
    counted = f"SELECT COUNT(DISTINCT {query.row_id}) FROM {query.from_sql}{where}"
    assert engine.execute(counted, query.params) == [(len(rows),)]
    return [row[0] for row in rows]


def satisfied(engine: Any, collection: str, rule: str, row: dict[str, Any], info: RequestInfo) -> bool:
    """Whether a row that is not stored, given by field values, satisfies a rule."""
    found = CATALOG.find(collection)
    assert found is not None
    query = compile_query(
        found, info=info, rule=rule, base_table="planned", catalog=CATALOG, dialect=engine.dialect
    )
    casts = {"number": "::float8", "bool": "::bool"} if engine.name == "postgresql" else {}
    other = "::text" if engine.name == "postgresql" else ""
    pieces = (f'{engine.mark}{casts.get(field.type, other)} AS "{field.name}"' for field in found.fields)
    cte = f"WITH planned AS (SELECT {', '.join(pieces)})"
    where = f" WHERE {query.where_sql}" if query.where_sql else ""
    values = [stored(field, row.get(field.name)) for field in found.fields]
    return bool(engine.execute(f"{cte} SELECT 1 FROM {query.from_sql}{where}", (*values, *query.params)))

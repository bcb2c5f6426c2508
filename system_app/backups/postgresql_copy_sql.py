"""A copy of the collections on PostgreSQL as a `data.db` of PocketBase: for who has no pg_dump at hand.

It has the tables of collections, the settings, indexes and views, and can be restored on both engines. What
is only PostgreSQL's, and what Django keeps for the dashboard, is not in it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from psycopg import IsolationLevel

from collections_app.collection import Collection
from collections_app.models import StoredCollection
from collections_app.tables.base_editor import IndexRefused
from collections_app.tables.editors import apply_steps
from collections_app.tables.plan import CreateTable, CreateView, plan
from collections_app.tables.stored_tables_sql import create_collections_table
from platform_app.database.quoting_sql import quoted
from platform_app.database.row_counter import ROW_COUNTER
from platform_app.database.system_tables_sql import (
    CREATE_MIGRATIONS,
    POCKETBASE_MIGRATIONS,
    RECORD_MIGRATION,
    create_params,
)

_ALIAS = "backup_copy"
_ROWS = 1000


def copy_database(target: Path) -> None:
    """Write `target`, as of one moment. Raises DatabaseError, and SQLite's own errors."""
    with _reading() as reader, _writing(target) as copy:
        collections = _collections(reader)
        tables = (*create_collections_table("sqlite"), create_params("sqlite"), CREATE_MIGRATIONS)
        with copy.cursor() as cursor:
            for statement in tables:
                cursor.execute(statement, None)
            now_us = time.time_ns() // 1000
            for position, file in enumerate(POCKETBASE_MIGRATIONS):
                cursor.execute(RECORD_MIGRATION, [file, now_us + position])
        for table in ("_collections", "_params"):
            _copy_rows(reader, copy, table, _columns(copy, table))
        for collection in collections:
            if not collection.is_view:
                steps = plan(None, collection)
                apply_steps([step for step in steps if isinstance(step, CreateTable)], _ALIAS)
                names = [field.name for field in collection.fields]
                _copy_rows(reader, copy, collection.name, names)
        _make_the_rest(collections)


@contextmanager
def _reading() -> Iterator[Any]:
    """A connection of psycopg's that sees the database as of one moment."""
    own = connection.copy()
    try:
        own.ensure_connection()
        own.connection.isolation_level = IsolationLevel.REPEATABLE_READ
        own.connection.read_only = True
        own.connection.autocommit = False
        with own.wrap_database_errors:
            yield own.connection
        own.connection.rollback()
    finally:
        own.close()


@contextmanager
def _writing(target: Path) -> Iterator[BaseDatabaseWrapper]:
    """The new database, under an alias that this thread alone has."""
    options = {"ENGINE": "platform_app.database.engines.sqlite", "NAME": target}
    own = ConnectionHandler({DEFAULT_DB_ALIAS: settings.DATABASES[DEFAULT_DB_ALIAS], _ALIAS: options})[_ALIAS]
    connections[_ALIAS] = own
    target.touch(mode=0o600)
    try:
        with own.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF")
        yield own
    finally:
        own.close()
        del connections[_ALIAS]


def _collections(reader: Any) -> list[Collection]:
    fields = StoredCollection._meta.concrete_fields
    listed = ", ".join(quoted(field.attname) for field in fields)
    rows = reader.execute(f'SELECT {listed} FROM "_collections" ORDER BY {quoted(ROW_COUNTER)}').fetchall()
    return [StoredCollection._from_row(row).as_collection() for row in rows]


def _columns(copy: BaseDatabaseWrapper, table: str) -> list[str]:
    with copy.cursor() as cursor:
        return [column.name for column in copy.introspection.get_table_description(cursor, table)]


def _copy_rows(
    reader: Any,
    copy: BaseDatabaseWrapper,
    table: str,
    columns: list[str],
) -> None:
    listed = ", ".join(map(quoted, columns))
    marks = ", ".join("?" for _ in columns)
    order = f" ORDER BY {quoted(ROW_COUNTER)}" if _has_counter(reader, table) else ""
    with reader.cursor(name="backup") as rows:
        rows.execute(f"SELECT {listed} FROM {quoted(table)}{order}")
        copy.ensure_connection()
        while some := rows.fetchmany(_ROWS):
            copy.connection.execute("BEGIN")
            copy.connection.executemany(f"INSERT INTO {quoted(table)} ({listed}) VALUES ({marks})", some)
            copy.connection.execute("COMMIT")


def _has_counter(reader: Any, table: str) -> bool:
    found = reader.execute(
        "SELECT 1 FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s",
        [quoted(table), ROW_COUNTER],
    ).fetchone()
    return found is not None


def _make_the_rest(collections: list[Collection]) -> None:
    """Make indexes and views; a view that reads another one waits for it. What cannot be made is left out."""
    waiting = [step for one in collections for step in plan(None, one) if not isinstance(step, CreateTable)]
    waiting.sort(key=lambda step: isinstance(step, CreateView))
    while waiting:
        failed = []
        for step in waiting:
            try:
                apply_steps([step], _ALIAS)
            except (DatabaseError, IndexRefused):
                failed.append(step)
        if len(failed) == len(waiting):
            return
        waiting = failed

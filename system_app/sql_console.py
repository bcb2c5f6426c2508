"""The SQL console of superusers: one text of SQL, run on a connection of its own.

What a text leaves open, attaches or sets goes with that connection.
Reference: contract/collections.md 10; apis/sql.go, PocketBase v0.39.11.
"""

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connections

from collections_app.catalog import forget_catalog
from collections_app.fields.casting import format_short
from collections_app.filterlang.dialects.sqlite_functions import register_sqlite_functions
from collections_app.schema.database_errors import database_error_text
from system_app.declared_types_sql import declared_types

MAX_ROWS = 1000
TIMEOUT_SECONDS = 180
_PROGRESS_STEPS = 10_000

_WRITES = ("INSERT", "CREATE", "UPDATE", "DELETE", "DROP", "DETACH", "ALTER", "REPLACE")
_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*(\w*)", re.DOTALL)
_TRANSACTIONS = frozenset({"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "ABORT"})


class QueryFailed(Exception):
    """The text was refused or the database raised an error; the message says why."""


@dataclass
class QueryResult:
    """What a text did: rows of texts and nulls when it was read, the number of changed rows when it wrote."""

    affected_rows: int = 0
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    milliseconds: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "execTime": self.milliseconds,
            "affectedRows": self.affected_rows,
            "columns": [{"name": name, "type": kind, "nullable": True} for name, kind in self.columns],
            "rows": self.rows,
        }


def run_query(text: str) -> QueryResult:
    """Run a text of one or several statements.

    Whether it writes is told by its first word: then all of it happens in one transaction. Otherwise there is
    none, and the last statement's rows are answered, the first 1000 of them. Raises QueryFailed.
    """
    query = text.strip()
    if not query:
        raise QueryFailed("empty query")
    is_sqlite = connections["default"].vendor == "sqlite"
    is_write = query.upper().startswith(_WRITES)
    started = time.monotonic()
    try:
        result = (_run_sqlite if is_sqlite else _run_postgresql)(query, is_write=is_write)
    except (sqlite3.Error, sqlite3.Warning, DatabaseError) as error:
        raise QueryFailed(database_error_text(error)) from error
    finally:
        forget_catalog()  # the text may have touched definitions
    result.milliseconds = int((time.monotonic() - started) * 1000)
    return result


def _refuse_transactions(statements: Sequence[str]) -> None:
    """The writing mode has a transaction of its own, which the text must not end."""
    for statement in statements:
        word = _first_word(statement)
        if word in _TRANSACTIONS:
            raise QueryFailed(f"{word} is not supported: the statements run in one transaction already")


def _first_word(statement: str) -> str:
    match = _FIRST_WORD.match(statement)
    return match[1].upper() if match else ""


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return "1" if value else "0"
    return format_short(value) if isinstance(value, float) else str(value)


# --- SQLite -------------------------------------------------------------------------------------------


def _run_sqlite(query: str, *, is_write: bool) -> QueryResult:
    statements = list(_statements(query))
    with closing(_sqlite_connection()) as connection:
        connection.set_progress_handler(_deadline(), _PROGRESS_STEPS)
        if is_write:
            return _write_sqlite(connection, statements)
        return _read_sqlite(connection, statements)


def _write_sqlite(connection: sqlite3.Connection, statements: Sequence[str]) -> QueryResult:
    _refuse_transactions(statements)
    connection.execute("BEGIN IMMEDIATE")
    for statement in statements:
        connection.execute(statement).fetchall()
    changed: int = connection.execute("SELECT changes()").fetchone()[0]
    connection.execute("COMMIT")
    return QueryResult(affected_rows=changed)


def _read_sqlite(connection: sqlite3.Connection, statements: Sequence[str]) -> QueryResult:
    for statement in statements[:-1]:
        connection.execute(statement).fetchall()
    cursor = connection.execute(statements[-1])
    names = [column[0] for column in cursor.description or ()]
    rows = [[_text(value) for value in row] for row in cursor.fetchmany(MAX_ROWS)]
    cursor.close()
    types = declared_types(connection, statements[-1], len(names)) if names else []
    return QueryResult(columns=list(zip(names, types, strict=True)), rows=rows)


def _sqlite_connection() -> sqlite3.Connection:
    wrapper: Any = connections["default"]
    # Without converters: cells are answered as they are stored.
    params = {**wrapper.get_connection_params(), "detect_types": 0}
    connection: sqlite3.Connection = wrapper.get_new_connection(params)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    register_sqlite_functions(connection)
    return connection


def _statements(query: str) -> Iterator[str]:
    """The statements of a text; a semicolon inside a text, a comment or a trigger ends none."""
    start = 0
    for match in re.finditer(";", query):
        piece = query[start : match.end()]
        if sqlite3.complete_statement(piece):
            start = match.end()
            if _first_word(piece):
                yield piece
    rest = query[start:]
    if _first_word(rest) or start == 0:
        yield rest


def _deadline() -> Callable[[], int]:
    end = time.monotonic() + TIMEOUT_SECONDS
    return lambda: 1 if time.monotonic() > end else 0


# --- PostgreSQL ---------------------------------------------------------------------------------------


def _run_postgresql(query: str, *, is_write: bool) -> QueryResult:
    wrapper: Any = connections["default"]
    with closing(wrapper.get_new_connection(wrapper.get_connection_params())) as connection:
        connection.autocommit = True
        # psycopg cancels a statement from another thread; a setting would end with what the text sets.
        timer = threading.Timer(TIMEOUT_SECONDS, connection.cancel_safe)
        timer.daemon = True
        timer.start()
        try:
            with wrapper.wrap_database_errors:
                return _execute_postgresql(connection, query, is_write=is_write)
        finally:
            timer.cancel()


def _execute_postgresql(connection: Any, query: str, *, is_write: bool) -> QueryResult:
    if is_write:
        _refuse_transactions(query.split(";"))
        with connection.transaction():
            cursor = _last_result(connection.execute(query))
        return QueryResult(affected_rows=max(cursor.rowcount, 0))
    cursor = _last_result(connection.execute(query))
    if cursor.description is None:
        return QueryResult()
    types = connection.adapters.types
    columns = [
        (column.name, known.name.upper() if (known := types.get(column.type_code)) else "")
        for column in cursor.description
    ]
    rows = [[_text(value) for value in row] for row in cursor.fetchmany(MAX_ROWS)]
    return QueryResult(columns=columns, rows=rows)


def _last_result(cursor: Any) -> Any:
    while cursor.nextset():
        pass
    return cursor

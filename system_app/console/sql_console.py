"""The SQL console of superusers: one text of SQL, run on a connection of its own.

What a text leaves open, attaches or sets goes with that connection.
Reference: contract/collections.md 10; apis/sql.go, PocketBase v0.39.11.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connections

from collections_app.catalog import forget_catalog
from collections_app.filterlang.dialects.sqlite_functions import register_sqlite_functions
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.tables.marked_names import named_parameter, with_quoted_names
from platform_app.database.database_errors import database_error_text
from platform_app.database.lanes import mark_unrepeatable
from platform_app.database.row_counter import ROW_COUNTER
from platform_app.database.sqlite_driver import sqlite3
from platform_app.database.transactions import unit_of_work
from platform_app.wire.casting import format_short
from platform_app.wire.nul_characters import NUL
from system_app.console.declared_types_sql import declared_types
from system_app.console.first_rows_sql import first_rows
from system_app.console.postgresql_statements import split_statements

# The rows of all collections; None when they cannot be read.
Definitions = list[tuple[Any, ...]] | None

logger = logging.getLogger(__name__)

MAX_ROWS = 1000
TIMEOUT_SECONDS = 180.0
_CANCEL_AGAIN_SECONDS = 0.2
PROGRESS_STEPS = 10_000

_WRITES = ("INSERT", "CREATE", "UPDATE", "DELETE", "DROP", "DETACH", "ALTER", "REPLACE")
_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*(\w*)", re.DOTALL)
# A placeholder outside of texts, quoted names and comments, which the first alternatives pass over.
_PLACEHOLDER = re.compile(
    r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|(?P<mark>\?|[:@$](?P<name>\w+))""", re.DOTALL
)
_TRANSACTIONS = frozenset({"BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "ABORT"})


class QueryFailed(Exception):
    """The text was refused or the database raised an error; the message says why."""


@dataclass
class QueryResult:
    """What a text did: rows of texts and nulls when it was read, the number of changed rows when it wrote."""

    affected_rows: int = 0
    columns: list[tuple[str, str]] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    milliseconds: int = field(default=0, compare=False)

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
    query = query_of(text)
    is_write = query.upper().startswith(_WRITES)
    started = time.monotonic()
    mark_unrepeatable()  # whatever comes of it, the text must not run twice
    before = _definitions()
    try:
        run = _run_sqlite if connections["default"].vendor == "sqlite" else _run_postgresql
        result = run(query, is_write=is_write)
    except (sqlite3.Error, sqlite3.Warning, DatabaseError) as error:
        raise QueryFailed(text_of_error(query, error)) from error
    finally:
        _announce_changes(before)
    result.milliseconds = int((time.monotonic() - started) * 1000)
    return result


def query_of(text: str) -> str:
    """The text as it is run. Raises QueryFailed."""
    query = text.strip()
    query = query.partition(NUL)[0] or query  # the end of a text for SQLite, and for PostgreSQL too
    if not query:
        raise QueryFailed("empty query")
    if connections["default"].vendor == "sqlite":  # PostgreSQL's lists of lists would be taken for marks
        query = _without_marks(query)
    return query


def _announce_changes(before: Definitions) -> None:
    """Let every process load the definitions anew when the text has touched them."""
    after = _definitions()
    if after is not None and after != before:
        with unit_of_work():
            SchemaVersion.bump()
        forget_catalog()


def _definitions() -> Definitions:
    try:
        return StoredCollection.raw()
    except DatabaseError:
        return None  # a text may even have dropped the table


def _without_marks(query: str) -> str:
    parameter = named_parameter(query)
    if parameter is not None:
        raise QueryFailed(f"Named parameter not found: {parameter}")
    return with_quoted_names(query)


def text_of_error(query: str, error: Exception) -> str:
    return _missing_argument(query, error) or database_error_text(error)


def _missing_argument(query: str, error: Exception) -> str:
    """What the reference's driver says of a placeholder, for which nobody sends a value."""
    if not isinstance(error, sqlite3.ProgrammingError) or "bindings" not in str(error):
        return ""
    names = (match["name"] for match in _PLACEHOLDER.finditer(query) if match["mark"])
    name = next(names, None)
    return f'missing named argument "{name}"' if name else "missing argument with index 1"


def refuse_transactions(statements: Sequence[str]) -> None:
    """The writing mode has a transaction of its own, which the text must not end."""
    for statement in statements:
        word = _first_word(statement)
        if word in _TRANSACTIONS:
            raise QueryFailed(f"{word} is not supported: the statements run in one transaction already")


def _first_word(statement: str) -> str:
    match = _FIRST_WORD.match(statement)
    return match[1].upper() if match else ""


def _is_statement(piece: str) -> bool:
    """Whether there is anything but blanks, comments and a semicolon, be it nonsense."""
    match = _FIRST_WORD.match(piece)
    return match is not None and piece[match.start(1) :] not in ("", ";")


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
    statements = list(sqlite_statements(query))
    with closing(sqlite_connection()) as connection:
        connection.set_progress_handler(deadline(), PROGRESS_STEPS)
        if is_write:
            return _write_sqlite(connection, statements)
        return _read_sqlite(connection, statements)


def _write_sqlite(connection: sqlite3.Connection, statements: Sequence[str]) -> QueryResult:
    refuse_transactions(statements)
    connection.execute("BEGIN IMMEDIATE")
    for statement in statements:
        connection.execute(statement).fetchall()
    changed: int = connection.execute("SELECT changes()").fetchone()[0]
    connection.execute("COMMIT")
    return QueryResult(affected_rows=changed)


def _read_sqlite(connection: sqlite3.Connection, statements: Sequence[str]) -> QueryResult:
    names, rows = rows_of_sqlite(connection, statements)
    return typed_by_sqlite(connection, statements, names, rows)


def rows_of_sqlite(
    connection: sqlite3.Connection, statements: Sequence[str]
) -> tuple[list[str], list[list[str | None]]]:
    """Run all statements; returns the last one's columns and first rows."""
    if not statements:
        return [], []
    for statement in statements[:-1]:
        connection.execute(statement).fetchall()
    cursor = connection.execute(statements[-1])
    names = [column[0] for column in cursor.description or ()]
    rows = [[_text(value) for value in row] for row in cursor.fetchmany(MAX_ROWS)]
    cursor.close()
    return names, rows


def typed_by_sqlite(
    connection: sqlite3.Connection,
    statements: Sequence[str],
    names: Sequence[str],
    rows: list[list[str | None]],
) -> QueryResult:
    types = declared_types(connection, statements[-1], len(names)) if names else []
    return QueryResult(columns=list(zip(names, types, strict=True)), rows=rows)


def sqlite_connection() -> sqlite3.Connection:
    wrapper: Any = connections["default"]
    # Without converters: cells are answered as they are stored.
    params = {**wrapper.get_connection_params(), "detect_types": 0}
    connection: sqlite3.Connection = wrapper.get_new_connection(params)
    # Otherwise Python opens a transaction before a write, and what is read as a "read" would be lost with it.
    connection.isolation_level = None
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    register_sqlite_functions(connection)
    return connection


def sqlite_statements(query: str) -> Iterator[str]:
    """The statements of a text; a semicolon inside a text, a comment or a trigger ends none."""
    start = 0
    for match in re.finditer(";", query):
        piece = query[start : match.end()]
        if sqlite3.complete_statement(piece):
            start = match.end()
            if _is_statement(piece):
                yield piece
    rest = query[start:]
    if _is_statement(rest):
        yield rest


def deadline() -> Callable[[], int]:
    end = time.monotonic() + TIMEOUT_SECONDS
    return lambda: 1 if time.monotonic() > end else 0


# --- PostgreSQL ---------------------------------------------------------------------------------------


# What PostgreSQL calls a statement after it changed rows; others leave the number of the one before.
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_QUERIES = frozenset({"SELECT", "WITH", "VALUES", "TABLE"})
# A cursor is refused for `SELECT INTO` and for a WITH that writes, before anything of it has run.
_NO_CURSOR = frozenset({"42601", "42P11", "0A000"})
_BOOL, _FLOATS = 16, frozenset({700, 701})  # types by their numbers in PostgreSQL's catalog


def _run_postgresql(query: str, *, is_write: bool) -> QueryResult:
    statements = postgresql_statements(query)
    if is_write:
        refuse_transactions(statements)
    with postgresql_connection() as connection:
        connection.autocommit = True
        if not is_write:
            return read_postgresql(connection, statements)
        with connection.transaction():
            return _write_postgresql(connection, statements)


def postgresql_statements(query: str) -> list[str]:
    return [piece for piece in split_statements(query) if _is_statement(piece)]


@contextmanager
def postgresql_connection() -> Iterator[Any]:
    wrapper: Any = connections["default"]
    with (
        wrapper.wrap_database_errors,
        closing(wrapper.get_new_connection(wrapper.get_connection_params())) as connection,
        _interrupted_when_late(connection),
    ):
        yield connection


@contextmanager
def _interrupted_when_late(connection: Any) -> Iterator[None]:
    """Cancel what runs on `connection` once the time is over, from another thread.

    PostgreSQL's own timeout would end with what the text sets; and between two statements there is nothing to
    cancel, so this does not let go.
    """
    is_done = threading.Event()

    def cancel() -> None:
        pause = TIMEOUT_SECONDS
        while not is_done.wait(pause):
            pause = _CANCEL_AGAIN_SECONDS
            try:
                connection.cancel_safe()
            except Exception:
                logger.warning("the SQL console could not interrupt its text", exc_info=True)

    thread = threading.Thread(target=cancel, name="joey-console-timeout", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()


def _write_postgresql(connection: Any, statements: Sequence[str]) -> QueryResult:
    changed = 0
    for statement in statements:
        cursor = connection.execute(statement)
        if (cursor.statusmessage or "").partition(" ")[0] in _CHANGES:
            changed = cursor.rowcount
    return QueryResult(affected_rows=changed)


def read_postgresql(connection: Any, statements: Sequence[str]) -> QueryResult:
    for statement in statements[:-1]:
        connection.execute(statement)
        if not (connection.autocommit or connection.info.transaction_status):
            raise QueryFailed("a statement ended the transaction that only reads")
    cursor = _first_rows(connection, statements[-1]) if statements else None
    if cursor is None or cursor.description is None:
        return QueryResult()
    types = connection.adapters.types
    # As on SQLite, a `*` does not show how rows are numbered: who wants to know must say so.
    is_hidden = ROW_COUNTER not in statements[-1]
    shown = [
        (place, column)
        for place, column in enumerate(cursor.description)
        if not (is_hidden and column.name == ROW_COUNTER)
    ]
    columns = [
        (column.name, known.name.upper() if (known := types.get(column.type_code)) else "")
        for _, column in shown
    ]
    result = cursor.pgresult
    rows = [
        [_postgresql_text(result.get_value(row, place), column.type_code) for place, column in shown]
        for row in range(min(result.ntuples, MAX_ROWS))
    ]
    return QueryResult(columns=columns, rows=rows)


def _first_rows(connection: Any, statement: str) -> Any:
    """The cursor with a statement's first rows; all the others would have to fit into memory."""
    is_in_own_transaction = connection.autocommit and connection.info.transaction_status
    if _first_word(statement) in _QUERIES and not is_in_own_transaction:
        declare, fetch = first_rows(statement, MAX_ROWS)
        try:
            with connection.transaction():
                connection.execute(declare)
                return connection.execute(fetch)
        except Exception as error:
            if getattr(error, "sqlstate", None) not in _NO_CURSOR:
                raise
    return connection.execute(statement)


def _postgresql_text(raw: bytes | None, kind: int) -> str | None:
    """A cell as PostgreSQL writes it, but truths and numbers as SQLite does."""
    if raw is None:
        return None
    text = raw.decode("utf-8", "replace")
    if kind == _BOOL:
        return "1" if text == "t" else "0"
    return format_short(float(text)) if kind in _FLOATS else text

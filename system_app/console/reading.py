"""The SQL console for who only wants to look: the database refuses whatever would write.

It is no matter of how a text is spelled: SQLite is asked what each statement does, and on PostgreSQL there is
a transaction that only reads. Texts, bounds and deadline are those of `sql_console`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db import DatabaseError, connections

from platform_app.database.lanes import mark_unrepeatable
from platform_app.database.sqlite_driver import sqlite3
from system_app.console.read_only import only_reading
from system_app.console.sql_console import (
    MAX_ROWS,
    PROGRESS_STEPS,
    QueryFailed,
    QueryResult,
    deadline,
    postgresql_connection,
    postgresql_statements,
    query_of,
    read_postgresql,
    refuse_transactions,
    rows_of_sqlite,
    sqlite_connection,
    sqlite_statements,
    text_of_error,
    typed_by_sqlite,
)

# What SQLite says to a statement that it was told to refuse, and PostgreSQL's state for the same.
_REFUSALS = ("not authorized", "prohibited", "readonly database")
_READ_ONLY_STATE = "25006"


class OnlyReads(QueryFailed):
    """The text would change something."""


def read_query(text: str) -> QueryResult:
    """Run a text that may only read; the last statement's first 1000 rows are answered.

    Raises OnlyReads, and QueryFailed.
    """
    return _answered(text, _read_sqlite, _read_postgresql)


def explain_query(text: str) -> list[str]:
    """How the database would go about the last statement, as lines; it is not run.

    Raises OnlyReads for what would be run nevertheless, and QueryFailed.
    """
    return [row[0] or "" for row in _answered(text, _explain_sqlite, _explain_postgresql).rows]


def _answered(
    text: str, on_sqlite: Callable[[str], QueryResult], on_postgresql: Callable[[str], QueryResult]
) -> QueryResult:
    query = query_of(text)
    started = time.monotonic()
    mark_unrepeatable()  # it has a deadline of its own, and nobody needs it twice
    try:
        result = (on_sqlite if connections["default"].vendor == "sqlite" else on_postgresql)(query)
    except (sqlite3.Error, sqlite3.Warning, DatabaseError) as error:
        if _is_refusal(error):
            raise OnlyReads("This would change something, and here the console only reads.") from error
        raise QueryFailed(text_of_error(query, error)) from error
    result.milliseconds = int((time.monotonic() - started) * 1000)
    return result


def _is_refusal(error: Exception) -> bool:
    """Whether the database was told to refuse what it refused."""
    if getattr(error.__cause__, "sqlstate", None) == _READ_ONLY_STATE:
        return True
    return isinstance(error, sqlite3.Error) and any(words in str(error) for words in _REFUSALS)


# --- SQLite -------------------------------------------------------------------------------------------


def _read_sqlite(query: str) -> QueryResult:
    statements = list(sqlite_statements(query))
    with closing(sqlite_connection()) as connection:
        connection.set_progress_handler(deadline(), PROGRESS_STEPS)
        with only_reading(connection):
            names, rows = rows_of_sqlite(connection, statements)
        return typed_by_sqlite(connection, statements, names, rows)


def _explain_sqlite(query: str) -> QueryResult:
    statement = (list(sqlite_statements(query)) or [query])[-1]
    with closing(sqlite_connection()) as connection:
        connection.set_progress_handler(deadline(), PROGRESS_STEPS)
        with only_reading(connection, may_explain=True):
            steps = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchmany(MAX_ROWS)
    depths = {0: -1}
    lines: list[list[str | None]] = []
    for step, parent, _, detail in steps:
        depths[step] = depths.get(parent, -1) + 1
        lines.append([f"{'  ' * depths[step]}{detail}"])
    return QueryResult(rows=lines)


# --- PostgreSQL ---------------------------------------------------------------------------------------


def _read_postgresql(query: str) -> QueryResult:
    statements = postgresql_statements(query)
    refuse_transactions(statements)
    with postgresql_connection() as connection, _reading_transaction(connection):
        return read_postgresql(connection, statements)


def _explain_postgresql(query: str) -> QueryResult:
    statements = postgresql_statements(query)
    if not statements:
        return QueryResult()
    with postgresql_connection() as connection, _reading_transaction(connection):
        rows = connection.execute(f"EXPLAIN {statements[-1]}").fetchmany(MAX_ROWS)
    return QueryResult(rows=[[str(row[0])] for row in rows])


@contextmanager
def _reading_transaction(connection: Any) -> Iterator[None]:
    """A transaction that only reads, and cannot be made another one: it has read something already."""
    connection.autocommit = False
    connection.read_only = True
    connection.execute("SELECT 1")
    yield
    connection.rollback()

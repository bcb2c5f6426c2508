"""The short way to the database for the REST hot path: rows by SQL, without the ORM's layers.

SQL that comes through here is written for the engine at hand: `?` marks a parameter on SQLite, `%s` on
PostgreSQL (`filterlang/dialects` knows).

In the pool a query may take its time; in the inline lane it is held to a budget (`lanes.py`).
"""

import threading
from collections.abc import Sequence
from typing import Any

from django.db import DataError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from platform_app.database.engines.vendor import Vendor
from platform_app.database.lanes import NeedsPool, is_slow, past_deadline, remember_slow, thread
from platform_app.database.sqlite_driver import sqlite3
from platform_app.wire.nul_characters import to_look_for

# SQL text and its parameters, in order.
Statement = tuple[str, tuple[Any, ...]]

_PROGRESS_STEPS = 1000


class _Connections(threading.local):
    """This thread's connections by alias."""

    def __init__(self) -> None:
        self.wrappers: dict[str, BaseDatabaseWrapper] = {}


_connections = _Connections()


def vendor() -> Vendor:
    """The engine of the default database."""
    return "sqlite" if _wrapper("default").vendor == "sqlite" else "postgresql"


def in_transaction() -> bool:
    """Whether a transaction of Django's is open on this thread's connection."""
    return bool(_wrapper("default").in_atomic_block)


def fetch_all(sql: str, params: Sequence[Any] = (), *, using: str = "default") -> list[tuple[Any, ...]]:
    """All rows of a query. Raises Django's database errors."""
    wrapper = _wrapper(using)
    if thread.is_inline:
        rows: list[tuple[Any, ...]] = _inline(wrapper, sql, params, first=False)
        return rows
    try:
        with wrapper.wrap_database_errors:
            rows = wrapper.connection.execute(sql, params).fetchall()
            return rows
    except DataError as error:
        return fetch_all(sql, _without_nul(wrapper, params, error), using=using)


def fetch_one(sql: str, params: Sequence[Any] = (), *, using: str = "default") -> tuple[Any, ...] | None:
    """The first row of a query, or None. Raises Django's database errors."""
    wrapper = _wrapper(using)
    if thread.is_inline:
        row: tuple[Any, ...] | None = _inline(wrapper, sql, params, first=True)
        return row
    try:
        with wrapper.wrap_database_errors:
            row = wrapper.connection.execute(sql, params).fetchone()
            return row
    except DataError as error:
        return fetch_one(sql, _without_nul(wrapper, params, error), using=using)


def _without_nul(wrapper: BaseDatabaseWrapper, params: Sequence[Any], error: DataError) -> Sequence[Any]:
    """Parameters that PostgreSQL takes, when it was a NUL character in them that it refused.

    psycopg refuses them before it sends anything, so an open transaction goes on. Raises `error` otherwise.
    """
    changed = to_look_for(params)
    if wrapper.vendor == "sqlite" or changed == list(params):
        raise error
    return changed


def write(sql: str, params: Sequence[Any]) -> int:
    """Run one statement that changes rows, in the transaction that is open or in one of its own.

    Returns how many rows it changed. Raises Django's database errors.
    """
    wrapper = _wrapper("default")
    if not thread.is_inline:
        with wrapper.wrap_database_errors:
            count: int = wrapper.connection.execute(sql, params).rowcount
        if count and not wrapper.in_atomic_block:
            thread.unrepeatable += 1
        return count
    thread.deadline = 0.0
    try:
        with wrapper.wrap_database_errors:
            count = wrapper.connection.execute(sql, params).rowcount
    except OperationalError as error:
        raise NeedsPool from error  # somebody else is writing
    if not count:
        raise NeedsPool  # somebody else has written: the row is another one by now, or gone
    thread.is_inline = False
    thread.has_written = True
    thread.unrepeatable += 1
    return count


def forget_connections() -> None:
    """Look this thread's connections up again; for who puts others in the place of Django's."""
    _connections.wrappers.clear()


def _wrapper(using: str) -> BaseDatabaseWrapper:
    wrapper = _connections.wrappers.get(using)
    if wrapper is None:
        # `connections` looks names up in a context-aware store that costs more than a primary key query.
        wrapper = _connections.wrappers[using] = connections[using]
    if wrapper.connection is None:
        if thread.is_inline:
            raise NeedsPool
        wrapper.ensure_connection()
    return wrapper


# --- the inline lane --------------------------------------------------------------------------------


def open_inline_lane() -> bool:
    """Make this thread, which runs the event loop, ready for inline reads; False where it cannot be.

    Only SQLite qualifies: a query to PostgreSQL waits for the network. Call it before the loop runs.
    """
    wrapper = _wrapper("default")
    if wrapper.vendor != "sqlite":
        return False
    connection = wrapper.connection
    connection.set_progress_handler(past_deadline, _PROGRESS_STEPS)
    # This thread never waits: not for other writers, nor for the disk while the log is worked in.
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return True


def checkpoint() -> None:
    """Work SQLite's log into the database file, as far as nobody is in the way; for a thread of the pool."""
    _wrapper("default").connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _inline(wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any], *, first: bool) -> Any:
    if is_slow(sql):
        raise NeedsPool
    try:
        try:
            return _within_budget(wrapper, sql, params, first=first)
        except _Interrupted:
            # A recent SQLite counts what it does to prepare a statement, too: to plan it, and to read the
            # whole schema after a change. Neither is needed a second time.
            _read_schema(wrapper)
            return _within_budget(wrapper, sql, params, first=first)
    except _Interrupted as error:
        remember_slow(sql)
        raise NeedsPool from error


class _Interrupted(Exception):
    """The statement was interrupted at its deadline."""


def _within_budget(wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any], *, first: bool) -> Any:
    thread.deadline = 0.0
    try:
        cursor = wrapper.connection.execute(sql, params)
        return cursor.fetchone() if first else cursor.fetchall()
    except sqlite3.Error as error:
        if "interrupted" in str(error):
            raise _Interrupted from error
        raise NeedsPool from error  # whatever ailed it, the pool will show the real error


def _read_schema(wrapper: BaseDatabaseWrapper) -> None:
    """Let the connection read the schema if it has not yet, without a deadline."""
    thread.is_inline = False
    try:
        wrapper.connection.execute("SELECT 1 FROM sqlite_master LIMIT 0")
    finally:
        thread.is_inline = True

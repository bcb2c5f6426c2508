"""The short way to the database for the REST hot path: rows by SQL, without the ORM's layers.

SQL that comes through here is written for the engine at hand: `?` marks a parameter on SQLite, `%s` on
PostgreSQL (`filterlang/dialects` knows).

Inline a request is held to its budget, on a thread to its allowance (`lanes.py`).
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from django.db import DataError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from platform_app.database.engines.vendor import Vendor
from platform_app.database.lanes import (
    NeedsPool,
    NeedsTime,
    TooLong,
    check_time,
    is_budget_spent,
    is_slow,
    mark_unrepeatable,
    remember_slow,
    renew_budget,
    schemas_seen,
    thread,
)
from platform_app.database.sqlite_driver import sqlite3
from platform_app.wire.nul_characters import to_look_for

# SQL text and its parameters, in order.
Statement = tuple[str, tuple[Any, ...]]
Result = TypeVar("Result")

_NOTHING: AbstractContextManager[None] = nullcontext()

# How often SQLite asks whether to go on: on threads less often, as each time it needs the interpreter lock.
# Inline a step that reads JSON may be as long as the value is.
_STEPS = 4000
_INLINE_STEPS = 1000
_INLINE_JSON_STEPS = 200
# LIKE compares every place of a pattern with every place of a value, in one step.
_ENDLESS_STEP = " LIKE "
# To plan a statement takes time as well, and it is not asked meanwhile.
_MOST_INLINE_SQL = 8000
# The driver keeps the last 128 statements prepared, however large, at a dozen times their length.
_LARGE_SQL = 4000
_MOST_LARGE_SQL_BYTES = 1_000_000
# Rows to take before the clock is looked at: one may hold megabytes, but a page is to come at once.
_ROWS_AT_A_TIME = 32


class _Connections(threading.local):
    """This thread's connections by alias.

    `knows_schema` is the last of the schemas seen that they have read; `large_sql_bytes` the length of the
    large statements that they keep prepared; `usual` the default one while another stands in for it.
    """

    def __init__(self) -> None:
        self.knows_schema = -1
        self.large_sql_bytes = 0
        self.wrappers: dict[str, BaseDatabaseWrapper] = {}
        self.usual: BaseDatabaseWrapper | None = None


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
        return _inline(wrapper, sql, params, only_first=False)
    rows: list[tuple[Any, ...]] = _on_thread(wrapper, sql, params, _all_of)
    return rows


def fetch_one(sql: str, params: Sequence[Any] = (), *, using: str = "default") -> tuple[Any, ...] | None:
    """The first row of a query, or None. Raises Django's database errors."""
    wrapper = _wrapper(using)
    if thread.is_inline:
        rows = _inline(wrapper, sql, params, only_first=True)
        return rows[0] if rows else None
    row: tuple[Any, ...] | None = _on_thread(wrapper, sql, params, _first_of)
    return row


def fetch_into(
    take: Callable[[Iterable[tuple[Any, ...]]], None], sql: str, params: Sequence[Any] = ()
) -> None:
    """Give the rows of a query to `take`, one by one: there may be more of them than memory should hold.

    Raises Django's database errors.
    """
    wrapper = _wrapper("default")
    if thread.is_inline:
        take(_inline(wrapper, sql, params, only_first=False))
    else:
        _on_thread(wrapper, sql, params, lambda cursor: take(_checking_time(cursor)))


def _all_of(cursor: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _first_of(cursor: Any) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _checking_time(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_ROWS_AT_A_TIME * 4):
        check_time()
        yield from rows


def _on_thread(
    wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any], take: Callable[[Any], Result]
) -> Result:
    """What `take` makes of the rows. Raises NeedsTime when others wait for this thread."""
    if len(sql) > _LARGE_SQL:
        _connections.large_sql_bytes += len(sql)
    try:
        with wrapper.wrap_database_errors, _as_allowed(wrapper):
            return take(wrapper.connection.execute(sql, params))
    except DataError as error:
        return _on_thread(wrapper, sql, _without_nul(wrapper, params, error), take)
    except UnicodeEncodeError as error:
        raise DataError("a text that UTF-8 cannot hold") from error
    except OperationalError as error:
        if thread.allowance is not None and thread.allowance.must_move():
            raise NeedsTime from error
        raise


def _as_allowed(wrapper: BaseDatabaseWrapper) -> AbstractContextManager[None]:
    """What ends a statement when its request has to: SQLite asks by itself, PostgreSQL has to be told."""
    allowance = thread.allowance
    if allowance is None or wrapper.in_atomic_block:
        return _NOTHING
    check_time()
    if allowance.is_over():
        raise OperationalError("the time for the queries of this request is over")
    if wrapper.vendor == "sqlite":
        return _NOTHING
    return allowance.interruptible(wrapper.connection.cancel_safe)


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
            mark_unrepeatable()
        return count
    check_time()
    try:
        with wrapper.wrap_database_errors:
            count = wrapper.connection.execute(sql, params).rowcount
    except OperationalError as error:
        raise NeedsPool from error  # somebody else is writing, or it takes long
    if not count:
        raise NeedsPool  # somebody else has written: the row is another one by now, or gone
    thread.is_inline = False
    thread.has_written = True
    mark_unrepeatable()
    return count


def renew_bloated() -> None:
    """Close this thread's connection if it keeps too many large statements; the next query opens another."""
    if _connections.large_sql_bytes > _MOST_LARGE_SQL_BYTES:
        _connections.large_sql_bytes = 0
        _wrapper("default").close()


def forget_connections() -> None:
    """Look this thread's connections up again; for who puts others in the place of Django's."""
    _connections.wrappers.clear()


class StandIn:
    """A connection that threads use for a while in the place of their own to the default database."""

    def __init__(self, wrapper: BaseDatabaseWrapper) -> None:
        self._wrapper = wrapper
        self._large_sql_bytes = 0

    @property
    def is_bloated(self) -> bool:
        """Whether it keeps too many large statements."""
        return self._large_sql_bytes > _MOST_LARGE_SQL_BYTES

    @contextmanager
    def used(self) -> Iterator[None]:
        """Meanwhile all queries of this thread go there, those of the ORM as well."""
        before, usual, own_bytes = connections["default"], _connections.usual, _connections.large_sql_bytes
        _connections.usual = usual or before
        _connections.large_sql_bytes = self._large_sql_bytes
        _put(self._wrapper)
        try:
            yield
        finally:
            _put(before)
            self._large_sql_bytes = _connections.large_sql_bytes
            _connections.large_sql_bytes = own_bytes
            _connections.usual = usual


@contextmanager
def usual_connection() -> Iterator[None]:
    """For what all threads share: it is read from this thread's own connection, whatever stands in for it."""
    usual = _connections.usual
    if usual is None:
        yield
        return
    stand_in = connections["default"]
    _put(usual)
    try:
        yield
    finally:
        _put(stand_in)


def _put(wrapper: BaseDatabaseWrapper) -> None:
    connections["default"] = _connections.wrappers["default"] = wrapper


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


# --- what keeps queries short -----------------------------------------------------------------------


def _must_stop() -> int:
    """Whether to interrupt the statement; SQLite asks after some of its steps."""
    if thread.is_inline:
        return 1 if is_budget_spent() else 0
    allowance = thread.allowance
    if allowance is None or not allowance.is_over():
        return 0
    return 0 if in_transaction() else 1  # what may be about to commit is done to its end


def _guard(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Have a new connection ask now and then whether to go on."""
    if connection.vendor == "sqlite":
        connection.connection.set_progress_handler(_must_stop, _STEPS)


connection_created.connect(_guard, dispatch_uid="platform_app.database.rows")


# --- the inline lane --------------------------------------------------------------------------------


def open_inline_lane() -> bool:
    """Make this thread, which runs the event loop, ready for inline reads; False where it cannot be.

    Only SQLite qualifies: a query to PostgreSQL waits for the network. Call it before the loop runs.
    """
    wrapper = _wrapper("default")
    if wrapper.vendor != "sqlite":
        return False
    connection = wrapper.connection
    connection.set_progress_handler(_must_stop, _INLINE_STEPS)
    # This thread never waits: not for other writers, nor for the disk while the log is worked in.
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return True


def checkpoint() -> None:
    """Work SQLite's log into the database file, as far as nobody is in the way; for a thread of the pool."""
    _wrapper("default").connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _inline(
    wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any], *, only_first: bool
) -> list[tuple[Any, ...]]:
    if len(sql) > _MOST_INLINE_SQL or _ENDLESS_STEP in sql or is_slow(sql):
        raise TooLong
    try:
        try:
            return _within_budget(wrapper, sql, params, only_first=only_first)
        except _Interrupted:
            # A recent SQLite counts what it does to prepare a statement, too: after a change it reads the
            # whole schema. That is not needed a second time.
            if _connections.knows_schema == schemas_seen():
                raise
            _connections.knows_schema = schemas_seen()
            _read_schema(wrapper)
            renew_budget()
            return _within_budget(wrapper, sql, params, only_first=only_first)
    except _Interrupted as error:
        remember_slow(sql)
        raise TooLong from error


class _Interrupted(Exception):
    """The statement was interrupted: the budget is spent."""


def _within_budget(
    wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any], *, only_first: bool
) -> list[tuple[Any, ...]]:
    connection = wrapper.connection
    reads_json = "json_" in sql
    if reads_json:
        connection.set_progress_handler(_must_stop, _INLINE_JSON_STEPS)
    try:
        cursor = connection.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchmany(1 if only_first else _ROWS_AT_A_TIME)
        found = len(rows)
        while True:
            if is_budget_spent():
                raise TooLong
            if only_first or found < _ROWS_AT_A_TIME:
                return rows
            more = cursor.fetchmany(_ROWS_AT_A_TIME)
            found = len(more)
            rows += more
    except (sqlite3.Error, UnicodeEncodeError) as error:
        if "interrupted" in str(error):
            raise _Interrupted from error
        raise NeedsPool from error  # whatever ailed it, the pool will show the real error
    finally:
        if reads_json:
            connection.set_progress_handler(_must_stop, _INLINE_STEPS)


def _read_schema(wrapper: BaseDatabaseWrapper) -> None:
    """Let the connection read the schema if it has not yet, without a deadline."""
    thread.is_inline = False
    try:
        wrapper.connection.execute("SELECT 1 FROM sqlite_master LIMIT 0")
    finally:
        thread.is_inline = True

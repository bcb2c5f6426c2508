"""The short way to the database for the REST hot path: rows by SQL, without the ORM's layers.

SQL that comes through here is written for the engine at hand: `?` marks a parameter on SQLite, `%s` on
PostgreSQL (`filterlang/dialects` knows).

Requests run in one of two lanes (config/asgi.py). In the pool a query may take its time. Inline, on the event
loop's own thread, only short indexed work belongs: there a query that runs past its deadline is interrupted,
a write that finds the database busy does not wait, and `NeedsPool` sends the whole request to the pool. A
statement that was interrupted once is remembered, so that the next request with it goes there at once. Once a
row is written nothing sends the request away any more: it would be written twice.
"""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from django.core.exceptions import SynchronousOnlyOperation
from django.db import DataError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from platform_app.database.engines.vendor import Vendor
from platform_app.database.sqlite_driver import sqlite3
from platform_app.wire.nul_characters import to_look_for

# Processor time that one statement may take inline: wall-clock time would blame it for a busy machine.
INLINE_CPU_SECONDS = 0.003
_PROGRESS_STEPS = 1000
_MOST_SLOW_STATEMENTS = 1000


Result = TypeVar("Result")


class NeedsPool(BaseException):
    """This request turned out to be more than short work; a BaseException so that no view swallows it."""


class _Thread(threading.local):
    """This thread's connections, and whether it is serving an inline request now."""

    def __init__(self) -> None:
        self.wrappers: dict[str, BaseDatabaseWrapper] = {}
        self.is_inline = False
        self.has_written = False  # in the inline request that runs, or ran last, on this thread
        self.commits = 0  # writes that nothing takes back any more
        # Of the statement that runs inline, in seconds of this thread's processor time; 0: no clock runs yet.
        self.deadline = 0.0


_thread = _Thread()
_slow_statements: dict[str, None] = {}  # shared by all threads: a set that remembers its oldest entry


def vendor() -> Vendor:
    """The engine of the default database."""
    return "sqlite" if _wrapper("default").vendor == "sqlite" else "postgresql"


def in_transaction() -> bool:
    """Whether a transaction of Django's is open on this thread's connection."""
    return bool(_wrapper("default").in_atomic_block)


def fetch_all(sql: str, params: Sequence[Any] = (), *, using: str = "default") -> list[tuple[Any, ...]]:
    """All rows of a query. Raises Django's database errors."""
    wrapper = _wrapper(using)
    if _thread.is_inline:
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
    if _thread.is_inline:
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
    if not _thread.is_inline:
        with wrapper.wrap_database_errors:
            count: int = wrapper.connection.execute(sql, params).rowcount
        if count and not wrapper.in_atomic_block:
            _thread.commits += 1
        return count
    _thread.deadline = 0.0
    try:
        with wrapper.wrap_database_errors:
            count = wrapper.connection.execute(sql, params).rowcount
    except OperationalError as error:
        raise NeedsPool from error  # somebody else is writing
    if not count:
        raise NeedsPool  # somebody else has written: the row is another one by now, or gone
    _thread.is_inline = False
    _thread.has_written = True
    _thread.commits += 1
    return count


def count_commit() -> None:
    """Note that this thread committed a transaction, or did something else that must not happen twice."""
    _thread.commits += 1


def commits() -> int:
    """How often this thread has committed; work after which it is the same may be done again."""
    return _thread.commits


def forget_slow_statements() -> None:
    """Give every statement another chance inline: a changed schema may have brought the index it lacked."""
    _slow_statements.clear()


def forget_connections() -> None:
    """Look this thread's connections up again; for who puts others in the place of Django's."""
    _thread.wrappers.clear()


def _wrapper(using: str) -> BaseDatabaseWrapper:
    wrapper = _thread.wrappers.get(using)
    if wrapper is None:
        # `connections` looks names up in a context-aware store that costs more than a primary key query.
        wrapper = _thread.wrappers[using] = connections[using]
    if wrapper.connection is None:
        if _thread.is_inline:
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
    connection.set_progress_handler(_past_deadline, _PROGRESS_STEPS)
    # This thread never waits: not for other writers, nor for the disk while the log is worked in.
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return True


def checkpoint() -> None:
    """Work SQLite's log into the database file, as far as nobody is in the way; for a thread of the pool."""
    _wrapper("default").connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def run_inline(work: Callable[[], Result]) -> Result:
    """Do `work`, holding each of its statements to the budget; raises NeedsPool when it is not short."""
    _thread.is_inline = True
    _thread.has_written = False
    try:
        return work()
    finally:
        _thread.is_inline = False
        _thread.has_written = False


def has_written_inline() -> bool:
    """Whether this thread serves an inline request that has written its row."""
    return _thread.has_written


def require_pool() -> None:
    """Say that what follows may be slow: an inline request moves to the pool, in the pool nothing happens."""
    if _thread.is_inline:
        raise NeedsPool


class Held(AbstractContextManager[None]):
    """`with lock`, only that the event loop's thread does not wait for it: its request moves to the pool."""

    def __init__(self, lock: "threading.Lock | threading.RLock") -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=not _thread.is_inline):
            raise NeedsPool

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def as_inline_error(error: Exception) -> None:
    """Raise NeedsPool when `error` only says that the ORM was used on the event loop's thread."""
    if _thread.is_inline and isinstance(error, SynchronousOnlyOperation):
        raise NeedsPool from error


def _past_deadline() -> int:
    """Whether to interrupt the statement; SQLite asks after every _PROGRESS_STEPS of its steps.

    The first time starts the clock: a short statement ends before, and to read the clock costs it a tenth.
    """
    if not _thread.is_inline:
        return 0
    now = time.thread_time()
    if not _thread.deadline:
        _thread.deadline = now + INLINE_CPU_SECONDS
    return 1 if now > _thread.deadline else 0


def _inline(wrapper: BaseDatabaseWrapper, sql: str, params: Sequence[Any], *, first: bool) -> Any:
    if sql in _slow_statements:
        raise NeedsPool
    _thread.deadline = 0.0
    try:
        cursor = wrapper.connection.execute(sql, params)
        return cursor.fetchone() if first else cursor.fetchall()
    except sqlite3.Error as error:
        # Whatever ailed it, the pool will show the real error.
        if "interrupted" not in str(error):
            raise NeedsPool from error
        while len(_slow_statements) >= _MOST_SLOW_STATEMENTS:
            _slow_statements.pop(next(iter(_slow_statements)), None)
        _slow_statements[sql] = None
        raise NeedsPool from error

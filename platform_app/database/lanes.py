"""The lanes from below: what this thread may do now, and what sends a request to another one.

The inline lane is the event loop's own thread (`platform_app.requests.lanes` says what starts there).
Only short indexed work belongs on it: a query that runs past its deadline is interrupted, a write that finds
the database busy does not wait, and `NeedsPool` sends the whole request to the pool. A statement that was
interrupted once is remembered, so that the next request with it goes there at once. Once a row is written
nothing sends the request away any more: it would be written twice.
"""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from django.core.exceptions import SynchronousOnlyOperation

# Processor time that one statement may take inline: wall-clock time would blame it for a busy machine.
INLINE_CPU_SECONDS = 0.003
_MOST_SLOW_STATEMENTS = 1000

Result = TypeVar("Result")


class NeedsPool(BaseException):
    """This request turned out to be more than short work; a BaseException so that no view swallows it."""


class _Thread(threading.local):
    """Whether this thread is serving an inline request now, and what it has done."""

    is_inline = False
    has_written = False  # in the inline request that runs, or ran last, on this thread
    unrepeatable = 0  # writes that nothing takes back any more, and the like
    # Of the statement that runs inline, in seconds of this thread's processor time; 0: no clock runs yet.
    deadline = 0.0


thread = _Thread()
_slow_statements: dict[str, None] = {}  # shared by all threads: a set that remembers its oldest entry


def run_inline(work: Callable[[], Result]) -> Result:
    """Do `work`, holding each of its statements to the budget; raises NeedsPool when it is not short."""
    thread.is_inline = True
    thread.has_written = False
    try:
        return work()
    finally:
        thread.is_inline = False
        thread.has_written = False


def require_pool() -> None:
    """Say that what follows may be slow: an inline request moves to the pool, in the pool nothing happens."""
    if thread.is_inline:
        raise NeedsPool


def has_written_inline() -> bool:
    """Whether this thread serves an inline request that has written its row."""
    return thread.has_written


class Held(AbstractContextManager[None]):
    """`with lock`, only that the event loop's thread does not wait for it: its request moves to the pool."""

    def __init__(self, lock: "threading.Lock | threading.RLock") -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=not thread.is_inline):
            raise NeedsPool

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def as_inline_error(error: Exception) -> None:
    """Raise NeedsPool when `error` only says that the ORM was used on the event loop's thread."""
    if thread.is_inline and isinstance(error, SynchronousOnlyOperation):
        raise NeedsPool from error


# --- what must not happen twice ---------------------------------------------------------------------


def mark_unrepeatable() -> None:
    """Note that this thread committed a transaction, or did something else that must not happen twice."""
    thread.unrepeatable += 1


def unrepeatable_marks() -> int:
    """How often this thread did such a thing; work after which it is the same may be done again."""
    return thread.unrepeatable


# --- statements that take too long ------------------------------------------------------------------


def past_deadline() -> int:
    """Whether to interrupt the statement; SQLite asks after some of its steps.

    The first time starts the clock: a short statement ends before, and to read the clock costs it a tenth.
    """
    if not thread.is_inline:
        return 0
    now = time.thread_time()
    if not thread.deadline:
        thread.deadline = now + INLINE_CPU_SECONDS
    return 1 if now > thread.deadline else 0


def is_slow(sql: str) -> bool:
    """Whether this statement was interrupted before."""
    return sql in _slow_statements


def remember_slow(sql: str) -> None:
    while len(_slow_statements) >= _MOST_SLOW_STATEMENTS:
        _slow_statements.pop(next(iter(_slow_statements)), None)
    _slow_statements[sql] = None


def forget_slow_statements() -> None:
    """Give every statement another chance inline: a changed schema may have brought the index it lacked."""
    _slow_statements.clear()

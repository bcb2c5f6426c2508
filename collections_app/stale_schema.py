"""Work that failed because another process had just changed the schema, done again with the new one.

A process looks for a new schema every half second. In between, a query may name a column that is gone or miss
a collection that is there by now; it fails then, nothing is written, and it can simply be done again.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError

from collections_app.catalog import forget_catalog, found_version, known_version
from collections_app.filterlang.errors import FilterError
from collections_app.models import SchemaVersion
from platform_app.database.lanes import require_pool, unrepeatable_marks
from platform_app.wire.errors import ApiError, NotFound

# Each needs a schema change of its own to fail.
MOST_TRIES = 5

# What an outdated schema looks like: columns and tables that are gone, or whose type no longer fits a value.
_SIGNS = (FilterError, NotFound, DatabaseError)
_DEADLOCK = "40P01"  # PostgreSQL's code for the one of two transactions that it ended to let the other go on

Result = TypeVar("Result")


class _TryAgain(BaseException):
    """The work has to start anew; a BaseException so that nothing on the way makes an answer of it."""


class _Try:
    """One go at some work: what the process knew and had written when it began."""

    def __init__(self, *, is_last: bool) -> None:
        self.version = known_version()
        self.commits = unrepeatable_marks()
        self.is_last = is_last

    def is_in_vain(self, error: BaseException) -> bool:
        """Whether `error` may come from a schema that moved on since; then the next try sees the new one."""
        if self.is_last or unrepeatable_marks() != self.commits:
            return False
        chain = _chain(error)
        if any(getattr(one, "sqlstate", None) == _DEADLOCK for one in chain):
            return True
        return any(isinstance(one, _SIGNS) for one in chain) and self._is_outdated()

    def _is_outdated(self) -> bool:
        try:
            version = SchemaVersion.current()
        except DatabaseError:
            return False  # the caller's own transaction is broken; there is nothing to try in it
        if version == (found_version() if self.version is None else self.version):
            return False
        if version != known_version():
            forget_catalog()
        require_pool()  # the next try may have to load all definitions
        return True


class _Thread(threading.local):
    """The innermost try on this thread."""

    current: _Try | None = None


_thread = _Thread()


def with_fresh_schema(work: Callable[[], Result]) -> Result:
    """Do `work`, and do it again when it failed for a schema that another process changed meanwhile.

    It is never done again once something is committed.
    """
    outer = _thread.current
    try:
        for left in range(MOST_TRIES - 1, -1, -1):
            this = _thread.current = _Try(is_last=not left)
            try:
                return work()
            except _TryAgain:
                continue
            except (ApiError, DatabaseError, FilterError) as error:
                if not this.is_in_vain(error):
                    raise
    finally:
        _thread.current = outer
    raise AssertionError("the last try answers or raises")


def unless_outdated(error: BaseException) -> None:
    """Call this before `error` is taken for an answer: returns, or has the work done again."""
    if _thread.current is not None and _thread.current.is_in_vain(error):
        raise _TryAgain from error


def try_again() -> None:
    """Have the work done again if it still may be; returns if not."""
    this = _thread.current
    if this is not None and not this.is_last and unrepeatable_marks() == this.commits:
        forget_catalog()
        raise _TryAgain


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found

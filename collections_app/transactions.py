"""unit_of_work: one transaction for a write and everything that its hooks write.

Units nest: an inner one joins the outermost transaction (as a savepoint, so that a caught error leaves the
rest intact). What must wait for the end is queued with `after_commit`; on a rollback the queue is told.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

OnCommit = Callable[[], None]
OnRollback = Callable[[BaseException], None]


class _Thread(threading.local):
    """The unit that is open on this thread: Django's connections are per thread, so this is too."""

    queue: list[tuple[OnCommit, OnRollback]] | None = None


_thread = _Thread()

# SQLite lets one writer in and makes the others poll. Within a process a lock queues them fairly and wakes
# the next one at once; other processes still meet at SQLite's own lock and its busy timeout.
_sqlite_writers = threading.RLock()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Commit what happens inside, or nothing of it; then run what `after_commit` queued.

    When the caller holds a transaction of its own (`transaction.atomic`), the queue waits for its commit.
    """
    if _thread.queue is not None:
        with transaction.atomic():
            yield
        return
    queue: list[tuple[OnCommit, OnRollback]] = []
    _thread.queue = queue
    try:
        with _write_lock(), transaction.atomic():
            yield
    except BaseException as error:
        _thread.queue = None
        for _, on_rollback in queue:
            on_rollback(error)
        raise
    _thread.queue = None
    transaction.on_commit(lambda: _run(queue))


def after_commit(on_commit: OnCommit, on_rollback: OnRollback) -> None:
    """Queue work for the end of the open unit; one of the two callables runs, in order of queueing."""
    if _thread.queue is None:
        raise RuntimeError("after_commit needs an open unit_of_work")
    _thread.queue.append((on_commit, on_rollback))


def in_unit_of_work() -> bool:
    return _thread.queue is not None


def _run(queue: list[tuple[OnCommit, OnRollback]]) -> None:
    for on_commit, _ in queue:
        on_commit()


@contextmanager
def _write_lock() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    with _sqlite_writers:
        yield

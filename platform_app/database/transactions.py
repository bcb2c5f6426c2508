"""unit_of_work: one transaction for a write and everything that its hooks write.

Units nest: an inner one joins the outermost transaction, as a savepoint, so that a caught error leaves the
rest intact. What must wait for the end is queued with `after_commit`; what is rolled back is told at once.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.db import transaction

from platform_app.database.lanes import Held, mark_unrepeatable, require_pool
from platform_app.database.rows import in_transaction, vendor
from platform_app.wire.errors import ApiError

logger = logging.getLogger(__name__)

OnCommit = Callable[[], None]
OnRollback = Callable[[BaseException], None]
Queue = list[tuple[OnCommit, OnRollback]]
Closing = list[Callable[[], None]]


class _Thread(threading.local):
    """The unit that is open on this thread: Django's connections are per thread, so this is too."""

    def __init__(self) -> None:
        self.queue: Queue | None = None
        self.closing: Closing = []


_thread = _Thread()

# SQLite lets one writer in and makes the others poll. Within a process a lock wakes the next one at once;
# other processes still meet at SQLite's own lock and its busy timeout.
_WRITERS = Held(threading.RLock())
_NOTHING: AbstractContextManager[None] = nullcontext()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Commit what happens inside, or nothing of it; then run what `after_commit` queued.

    When the caller holds a transaction of its own (`transaction.atomic`), the queue waits for its commit.
    """
    require_pool()
    queue = _thread.queue
    if queue is not None:
        with _joined(queue), transaction.atomic():
            yield
        return
    queue = _thread.queue = []
    closing = _thread.closing = []
    try:
        with write_lock(), transaction.atomic():
            yield
            for work in closing:
                work()
    except BaseException as error:
        _thread.queue = None
        _tell(queue, error)
        raise
    _thread.queue = None
    if not in_transaction():
        mark_unrepeatable()
    if queue:
        transaction.on_commit(lambda: _run(queue))


def after_commit(on_commit: OnCommit, on_rollback: OnRollback) -> None:
    """Queue work for the end of the outermost transaction; one of the two runs, in order of queueing.

    Outside of any transaction `on_commit` runs now. A rollback of the caller's own `transaction.atomic`
    around everything is the one that `on_rollback` never hears of: Django tells nobody.
    """
    if _thread.queue is not None:
        _thread.queue.append((on_commit, on_rollback))
    elif in_transaction():
        transaction.on_commit(on_commit)
    else:
        on_commit()


def on_complete(call: Callable[[BaseException | None], None]) -> None:
    """Call back when the outermost transaction ends: with None when it is committed, else with the error."""
    after_commit(lambda: call(None), call)


def before_commit(work: Callable[[], None]) -> None:
    """Queue work for the very end of the unit that is open; what it raises rolls the unit back."""
    if _thread.queue is None:
        raise RuntimeError("before_commit() needs a unit of work")
    _thread.closing.append(work)


def in_unit_of_work() -> bool:
    return _thread.queue is not None


def shielded() -> AbstractContextManager[object]:
    """For queries whose errors are caught: a savepoint, where the open transaction would not survive one.

    PostgreSQL even answers the COMMIT of a spoilt transaction without an error, and has written nothing.
    """
    return transaction.atomic() if in_transaction() and vendor() != "sqlite" else _NOTHING


def write_lock() -> AbstractContextManager[object]:
    """What a writer must hold on SQLite for the time of its transaction, or of a statement alone."""
    if vendor() != "sqlite" or in_transaction():
        # In a transaction the database itself is locked already. To wait for our lock there, while its holder
        # waits for the database, would stop both.
        return _NOTHING
    return _WRITERS


@contextmanager
def _joined(queue: Queue) -> Iterator[None]:
    """A part of a unit: what it queues goes when it fails."""
    mark, closing_mark = len(queue), len(_thread.closing)
    try:
        yield
    except BaseException as error:
        gone = queue[mark:]
        del queue[mark:]
        del _thread.closing[closing_mark:]
        _tell(gone, error)
        raise


def _run(queue: Queue) -> None:
    """Run all of the queue; then raise what went wrong first, answers to the client before all else."""
    errors: list[Exception] = []
    for on_commit, _ in queue:
        try:
            on_commit()
        except Exception as error:
            logger.warning("work after a commit failed", exc_info=True)
            errors.append(error)
    if errors:
        raise next((error for error in errors if isinstance(error, ApiError)), errors[0])


def _tell(queue: Queue, error: BaseException) -> None:
    for _, on_rollback in queue:
        try:
            on_rollback(error)
        except Exception:
            logger.exception("work after a rollback failed")

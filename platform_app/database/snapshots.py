"""Snapshots: the database as it is now, to be read later, whatever is written meanwhile.

    snapshot = pin()
    ...
    with snapshot.reading():
        find_record(...)

Few can be kept, and each for seconds only: meanwhile SQLite cannot work its log into the database file, nor
PostgreSQL clear away what was deleted.
"""

import asyncio
import atexit
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, OperationalError, connections

from platform_app.database.pinned_connections import PinnedConnection, SnapshotOver, open_pinned
from platform_app.database.rows import checkpoint
from platform_app.database.transactions import write_lock

logger = logging.getLogger(__name__)

MOST_SNAPSHOTS = 8
SNAPSHOT_SECONDS = 10.0
# How often it is looked what is over, and when a connection that nobody needed is closed.
_LOOK_SECONDS = 1.0
_IDLE_SECONDS = 60.0
# While a snapshot is kept, SQLite's log is not worked in to its end, and so never begun anew; each commit
# tries once it has 1000 pages. So there has to be a moment without: after so many snapshots, and no longer
# than writers may wait.
_SNAPSHOTS_PER_CHECKPOINT = 200
_CHECKPOINT_WAIT_SECONDS = 0.02
# After a failure the next writes need not wait for another one.
_PAUSE_SECONDS = 5.0


class SnapshotBusy(OperationalError):
    """Another thread reads the snapshot."""


class Snapshot:
    """A pinned state. One thread at a time reads it, and any thread may release it."""

    def __init__(self, place: "_Place", connection: PinnedConnection) -> None:
        self.ends_at = time.monotonic() + SNAPSHOT_SECONDS
        # Empty when it is over. To take from it is one step, whoever else tries.
        self._held = [place]
        self._connection = connection
        self._turn = threading.Lock()

    @contextmanager
    def reading(self, *, wait_seconds: float = SNAPSHOT_SECONDS) -> Iterator[None]:
        """Within, all queries of this thread to the default database see the state; they cannot write.

        Raises SnapshotBusy when another thread still reads it after `wait_seconds`, and SnapshotOver when it
        is over, as every query does once it is; both are errors of the database.
        """
        left_seconds = self.ends_at - time.monotonic()
        if not self._turn.acquire(timeout=max(0.0, min(wait_seconds, left_seconds))):
            raise SnapshotBusy("another thread reads the snapshot")
        try:
            if not self._held or left_seconds <= 0:
                raise SnapshotOver("the snapshot is over")
            with self._connection.used():
                yield
        finally:
            self._turn.release()

    def release(self) -> None:
        """Give the state back, once or more often; who still reads it gets errors.

        May be called by the garbage collector, on any thread. An event loop's does not wait for PostgreSQL:
        there the state is given back a moment later.
        """
        if _is_on_event_loop():
            self.ends_at = 0.0
        else:
            self.end()

    def end(self) -> None:
        try:
            place = self._held.pop()
        except IndexError:
            return
        # Who has not begun to read by now will find that it is over.
        is_used = not self._turn.acquire(blocking=False)
        if not is_used:
            self._turn.release()
        may_begin = False
        try:
            may_begin = self._connection.end(is_used=is_used)
        finally:
            if not may_begin:
                place.connection = None
            place.snapshot = None
            place.idle_since = time.monotonic()
            _pool.free.append(place)

    def forsake(self) -> None:
        """It is over, and what kept it is none of this process's business."""
        self._held.clear()


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class _Place:
    """Where one snapshot can be kept; its connection is opened when it is first needed."""

    def __init__(self) -> None:
        self.connection: PinnedConnection | None = None
        self.snapshot: Snapshot | None = None
        self.idle_since = 0.0


class _Pool:
    """The places of this process: what they hold back they hold back for everybody."""

    def __init__(self) -> None:
        self.places = [_Place() for _ in range(MOST_SNAPSHOTS)]
        # Used last, taken first. Only what is one step is done without the lock: the garbage collector may
        # give a snapshot back in the middle of anything.
        self.free = deque(self.places)
        self.lock = threading.Lock()
        self.pauses_until = 0.0
        self.pins = 0
        self.is_needed = threading.Event()
        self.is_log_due = threading.Event()
        self.keeper: threading.Thread | None = None


_pool = _Pool()
_inherited: list[_Pool] = []


def pin() -> Snapshot | None:
    """Keep the state that is committed now; None when it cannot be kept, which is logged if it is an error.

    The transaction that this thread may have open is not seen, and goes on untouched. Takes some µs, and the
    time to open a connection when there is none.
    """
    with _pool.lock:
        if not _pool.free or time.monotonic() < _pool.pauses_until:
            return None
        place = _pool.free.pop()
        _pool.pins += 1
        if _pool.pins % _SNAPSHOTS_PER_CHECKPOINT == 0:
            _pool.is_log_due.set()
    try:
        connection = _begun(place)
    except Exception:
        logger.warning("the state of the database cannot be kept for reading", exc_info=True)
        _pool.pauses_until = time.monotonic() + _PAUSE_SECONDS
        _pool.free.append(place)
        return None
    place.snapshot = snapshot = Snapshot(place, connection)
    return snapshot


def _begun(place: _Place) -> PinnedConnection:
    """The connection of the place, with its transaction begun. Raises what opening it raises."""
    connection = place.connection
    if connection is not None:
        try:
            connection.begin()
            return connection
        except Error:  # the server has closed it meanwhile, or the like: a new one shows
            place.connection = None
            connection.close()
    connection = open_pinned()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    place.connection = connection
    _keep_watch()
    return connection


def close() -> None:
    """End all snapshots and close their connections: the process ends, or its database is replaced."""
    for place in _pool.places:
        if (snapshot := place.snapshot) is not None:
            snapshot.end()
    _close_idle(0.0)


# --- what ends by itself ------------------------------------------------------------------------------


def _keep_watch() -> None:
    with _pool.lock:
        if _pool.keeper is None:
            _pool.keeper = threading.Thread(target=_watch, args=(_pool,), name="snapshots", daemon=True)
            _pool.keeper.start()
    _pool.is_needed.set()


def _watch(pool: _Pool) -> None:
    while True:
        pool.is_needed.wait()
        pool.is_needed.clear()
        while any(place.connection is not None for place in pool.places):
            is_log_due = pool.is_log_due.wait(_LOOK_SECONDS)
            try:
                end_overdue()
                _close_idle(_IDLE_SECONDS)
                if is_log_due:
                    pool.is_log_due.clear()
                    work_log_in()
            except Exception:
                logger.exception("a snapshot cannot be ended")


def end_overdue() -> None:
    """End the snapshots whose time is over."""
    now = time.monotonic()
    for place in _pool.places:
        if (snapshot := place.snapshot) is not None and now >= snapshot.ends_at:
            snapshot.end()


def _close_idle(seconds: float) -> None:
    before = time.monotonic() - seconds
    idle: list[PinnedConnection] = []
    with _pool.lock:
        for place in list(_pool.free):
            if place.connection is not None and place.idle_since <= before:
                idle.append(place.connection)
                place.connection = None
    for connection in idle:
        connection.close()


def work_log_in() -> None:
    """Work SQLite's log into the database file at a moment when no snapshot is kept.

    As it is the writers who pin, there is such a moment when they wait and what is pinned has been read. When
    that takes long, it is left for the next time. Closes this thread's connections.
    """
    if connections["default"].vendor != "sqlite":
        return
    try:
        with write_lock():
            until = time.monotonic() + _CHECKPOINT_WAIT_SECONDS
            while any(place.snapshot is not None for place in _pool.places):
                if time.monotonic() > until:
                    return
                time.sleep(0.001)
            checkpoint()
    finally:
        connections.close_all()


def _start_anew() -> None:
    """In a forked process: its parent's connections are not its own to use, nor to close."""
    global _pool
    for place in _pool.places:
        if place.snapshot is not None:
            place.snapshot.forsake()
    _inherited.append(_pool)
    _pool = _Pool()


os.register_at_fork(after_in_child=_start_anew)
atexit.register(close)

__all__ = ["Snapshot", "SnapshotBusy", "SnapshotOver", "close", "pin"]

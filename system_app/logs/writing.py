"""The writer of the log: entries wait in memory, and one thread per process writes them in batches.

To put an entry there costs an append; it never waits, and never fails. What waits is written when there are
200 of them, or after 3 seconds. Under load the writer lets a few more come together first: the pages of the
indexes that a batch touches are what writing costs. When more comes than can be written, the newest entries
are dropped, and one entry says how many.
"""

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, connections

from platform_app.database.dates import now
from platform_app.database.disk_room import is_disk_full
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import RuntimeSettings
from system_app.logs.hooks import has_receivers, insert_with_hooks
from system_app.logs.levels import WARN, python_level
from system_app.logs.rows_sql import MOST_ROWS_AT_ONCE, Row, insert, new_ids

BATCH = 200
FLUSH_SECONDS = 3.0
# While stdout is read by others, entries should not come late.
PRINT_SECONDS = 0.5
GATHER_SECONDS = 0.8
MOST_WAITING = 10_000
START_SECONDS = 2.0
STOP_SECONDS = 2.0

Tell = Callable[[Sequence[Row]], None]

# Console only: what is said of the log cannot go into it.
logger = logging.getLogger(__name__)


class _Thread(threading.local):
    is_writing = False


_thread = _Thread()


def is_writing() -> bool:
    """Whether this thread is just writing the log: what it logs itself would never come to an end."""
    return _thread.is_writing


class LogWriter:
    """Entries of one process on their way into `_logs`. Any thread may put."""

    def __init__(self) -> None:
        self.is_open = False
        self.settings: RuntimeSettings | None = None
        self.keeps = True  # whether anybody wants entries at all
        self.min_level = 0
        self.written: list[Tell] = []  # called with what was written, by the writer's thread
        self.prints: Tell | None = None
        self._usual_level = logging.WARNING
        self._begin()

    def _begin(self) -> None:
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._rows: list[Row] = []  # made already, but not written: the database was out of reach
        self._dropped = 0
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._is_urgent = False
        self._has_begun = threading.Event()
        self._ended = threading.Event()
        self._worker: threading.Thread | None = None

    # --- life ---

    def start(self) -> None:
        """Take entries from now on."""
        if self.is_open:
            return
        self._usual_level = logging.getLogger().level
        self._open()
        self._has_begun.wait(START_SECONDS)

    def _open(self) -> None:
        self._ended.clear()
        self._worker = threading.Thread(target=self._work, name="logs", daemon=True)
        self._worker.start()
        self.is_open = True

    def stop(self) -> None:
        """Write what waits, for a moment; later entries are nobody's."""
        if not self.is_open:
            return
        self.is_open = False
        self._ended.set()
        self._wake.set()
        if self._worker is not None:
            self._worker.join(STOP_SECONDS)
        logging.getLogger().setLevel(self._usual_level)

    def begin_again(self) -> None:
        """In a process that was forked: the entries are the parent's, and its thread is not here.

        The database is left to the new thread: the connections of this one are the parent's, too.
        """
        was_open, self.is_open = self.is_open, False
        self._begin()
        if was_open:
            self._open()

    # --- putting ---

    def put_entry(self, entry: tuple[Any, ...]) -> None:
        """Take an entry, `(make, *parts)`: `make(id, *parts)` makes a row of it on the writer's thread."""
        waiting = self._waiting
        count = len(waiting)
        if count >= MOST_WAITING:
            with self._lock:
                self._dropped += 1
            return
        waiting.append(entry)
        if count >= BATCH and not self._wake.is_set():
            self._wake.set()

    def hurry(self) -> None:
        """Write now: the process may be about to end."""
        self._is_urgent = True
        self._wake.set()

    def use(self, settings: RuntimeSettings) -> None:
        """Go by these settings from now on."""
        logs = settings.logs
        self.settings = settings
        self.keeps = logs.max_days > 0 or self.prints is not None
        self.min_level = logs.min_level
        # Records below the root logger's level are made by nobody.
        wanted = python_level(logs.min_level) if self.keeps else self._usual_level
        level, root = min(self._usual_level, wanted), logging.getLogger()
        if root.level != level:
            root.setLevel(level)

    def forget_waiting(self) -> None:
        """Drop what waits: somebody is about to delete everything."""
        with self._flushing:
            self._waiting.clear()
            self._rows = []

    # --- writing ---

    def _work(self) -> None:
        seconds = FLUSH_SECONDS - GATHER_SECONDS if self.prints is None else PRINT_SECONDS
        _thread.is_writing = True
        self._do(self._use_current)
        self._has_begun.set()
        while not self._ended.is_set():
            if self._wake.wait(seconds):
                if not self._is_urgent:
                    self._ended.wait(GATHER_SECONDS)
                self._is_urgent = False
                self._wake.clear()
            self._do(self._use_current, self.flush)
        self._do(self._use_current, self.flush)
        connections.close_all()

    def _do(self, *steps: Callable[[], None]) -> None:
        for step in steps:
            try:
                step()
            except DatabaseError as error:
                logger.warning("the log's writer cannot use the database: %s", error)
                _close_lost_connections()
            except Exception:
                logger.exception("the log's writer goes on after an error")

    def _use_current(self) -> None:
        settings = current()
        if settings is not self.settings:
            self.use(settings)

    def flush(self) -> None:
        """Write what waits. What the database does not take now is tried again by the next call."""
        was_writing, _thread.is_writing = _thread.is_writing, True
        try:
            with self._flushing:
                while self._take():
                    if not self._write_all():
                        return
        finally:
            _thread.is_writing = was_writing

    def _take(self) -> bool:
        """Make rows of some entries that wait; whether there are any to write."""
        room = MOST_ROWS_AT_ONCE - len(self._rows)
        entries: list[tuple[Any, ...]] = []
        while self._waiting and len(entries) < room:
            entries.append(self._waiting.popleft())
        if self._dropped and len(entries) < room:
            with self._lock:
                dropped, self._dropped = self._dropped, 0
            entries.append((_dropped_row, dropped))
        rows = []
        for row_id, entry in zip(new_ids(len(entries)), entries, strict=True):
            try:
                rows.append(entry[0](row_id, *entry[1:]))
            except Exception:
                logger.exception("an entry of the log could not be made")
        self._rows += rows
        if rows and self.prints is not None:
            self.prints(rows)
        return bool(self._rows)

    def _write_all(self) -> bool:
        """Whether the rows are dealt with."""
        settings = self.settings
        if settings is None:
            return False  # the database could not be read yet
        if settings.logs.max_days == 0:
            self._rows = []
            return True
        rows = [row for row in self._rows if row.level >= settings.logs.min_level]
        try:
            written = insert_with_hooks(rows) if has_receivers() else _inserted(rows)
        except DatabaseError as error:
            # Not their fault: a full disk, a lock, a server that is gone.
            logger.warning("%d log entries wait, the database does not take them: %s", len(rows), error)
            _close_lost_connections()
            return False
        self._rows = []
        for tell in self.written:
            tell(written)
        return True


def _close_lost_connections() -> None:
    """So that the next batch has new ones.

    On a full disk SQLite's stay: the last one to close takes the shared memory of its file along, and nobody
    could make that anew, even to read the log, until there is room.
    """
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "sqlite" or not is_disk_full():
            connection.close()


def _inserted(rows: list[Row]) -> list[Row]:
    """The rows that are written: all but those that the database refuses for what they hold."""
    if not rows:
        return rows
    try:
        insert(rows)
    except (DataError, IntegrityError):
        written = []
        for row in rows:
            try:
                insert([row])
            except (DataError, IntegrityError) as error:
                logger.error("a log entry cannot be written: %s", error)
            else:
                written.append(row)
        return written
    return rows


def _dropped_row(row_id: str, count: int) -> Row:
    message = f"{count} log entries were dropped: more came than could be written."
    return Row(row_id, WARN, message, f'{{"dropped":{count}}}', now())


# Of this process.
log_writer = LogWriter()
os.register_at_fork(after_in_child=log_writer.begin_again)

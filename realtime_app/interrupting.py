"""Ends the statements of realtime's own threads on PostgreSQL whose time is over: it has to be told.

SQLite asks by itself, and for requests the event loop looks (`platform_app.requests.handler`).
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from platform_app.database.lanes import Allowance
from platform_app.database.rows import vendor

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.05


class Interrupter:
    """One thread that looks after all allowances; it sleeps while there are none."""

    def __init__(self) -> None:
        self._watched: set[Allowance] = set()
        self._lock = threading.Lock()
        self._is_needed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def looking_after(self, allowance: Allowance) -> Iterator[None]:
        """Within, a statement of this thread ends when the allowance is over."""
        if vendor() == "sqlite":
            yield
            return
        with self._lock:
            self._watched.add(allowance)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="joey-realtime-watch", daemon=True)
                self._thread.start()
        self._is_needed.set()
        try:
            yield
        finally:
            with self._lock:
                self._watched.discard(allowance)

    def _run(self) -> None:
        while self._is_needed.wait():
            self._is_needed.clear()
            while watched := self._now():
                for allowance in watched:
                    try:
                        allowance.interrupt()
                    except Exception:
                        logger.exception("a statement cannot be interrupted")
                time.sleep(_LOOK_SECONDS)

    def _now(self) -> tuple[Allowance, ...]:
        with self._lock:
            return tuple(self._watched)


# Of this process, for all its threads.
interrupter = Interrupter()

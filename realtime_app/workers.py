"""A thread of realtime's own that does one thing after the other, with a bound for what waits."""

import logging
import threading
from collections import deque
from collections.abc import Callable

from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)

Work = Callable[[], None]

_UPKEEP_ITEMS = 100


class Worker:
    """Does what was put, in order; the thread starts with the first piece of work.

    What work raises is logged. The thread is a daemon: one that hangs keeps no process from ending.
    """

    def __init__(self, name: str, *, most: int, most_bytes: int) -> None:
        self._name = name
        self._most = most
        self._most_bytes = most_bytes
        self._waiting: deque[tuple[Work, int]] = deque()
        self._bytes = 0
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def put(self, work: Work, size_bytes: int = 0) -> bool:
        """False when so much waits already that this is not taken; after the end nothing is done any more."""
        with self._ready:
            if self._is_stopped:
                return True
            is_full = len(self._waiting) >= self._most or self._bytes + size_bytes > self._most_bytes
            if is_full and self._waiting:
                return False
            self._waiting.append((work, size_bytes))
            self._bytes += size_bytes
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"joey-{self._name}", daemon=True)
                self._thread.start()
            self._ready.notify()
        return True

    def clear(self) -> None:
        """Give up what waits."""
        with self._ready:
            self._waiting.clear()
            self._bytes = 0

    def stop(self, seconds: float) -> None:
        """Give up what waits, and end; what is being done may take so long."""
        with self._ready:
            self._is_stopped = True
            self._waiting.clear()
            self._ready.notify()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        done = 0
        while (work := self._next()) is not None:
            try:
                work()
            except BaseException:  # nothing but `stop` is to end the thread
                logger.exception("%s failed", self._name)
            del work  # what it holds must not live until the next one comes
            done += 1
            if done % _UPKEEP_ITEMS == 0:
                close_old_connections()
        connections.close_all()

    def _next(self) -> Work | None:
        """Wait for work; None when there will be none."""
        with self._ready:
            while not self._waiting:
                if self._is_stopped:
                    return None
                self._ready.wait()
            work, size_bytes = self._waiting.popleft()
            self._bytes -= size_bytes
        return work

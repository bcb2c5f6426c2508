"""A thread of realtime's own that does one thing after the other, with a bound for what waits."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import close_old_connections, connections

logger = logging.getLogger(__name__)

Item = TypeVar("Item")

_UPKEEP_ITEMS = 100


class Worker(Generic[Item]):
    """Calls `work` with every item that was put, in order; the thread starts with the first one.

    What `work` raises is logged. The thread is a daemon: one that hangs keeps no process from ending.
    """

    def __init__(self, name: str, work: Callable[[Item], None], *, most: int) -> None:
        self._name = name
        self._work = work
        self._most = most
        self._items: deque[Item] = deque()
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_stopped = False

    def put(self, item: Item) -> bool:
        """False when so much waits already that this is not taken."""
        with self._ready:
            if len(self._items) >= self._most or self._is_stopped:
                return False
            self._items.append(item)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"joey-{self._name}", daemon=True)
                self._thread.start()
            self._ready.notify()
        return True

    def clear(self) -> None:
        """Give up what waits."""
        with self._ready:
            self._items.clear()

    def stop(self, seconds: float) -> None:
        """Give up what waits, and end."""
        with self._ready:
            self._is_stopped = True
            self._items.clear()
            self._ready.notify()
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        done = 0
        while True:
            with self._ready:
                while not self._items:
                    if self._is_stopped:
                        connections.close_all()
                        return
                    self._ready.wait()
                item = self._items.popleft()
            try:
                self._work(item)
            except Exception:
                logger.exception("%s failed", self._name)
            del item  # it must not live until the next one comes
            done += 1
            if done % _UPKEEP_ITEMS == 0:
                close_old_connections()

"""Slows down clients that guess values by filters which find nothing (contract/records.md 2.4).

A list rule and a client's filter run in one query, so its duration could tell whether hidden rows matched.
"""

import secrets
import threading
import time

FREE_SEARCHES = 3
WINDOW_SECONDS = 3.0
MAX_DELAY_MILLISECONDS = 500
_MAX_CLIENTS = 10_000


class EmptySearches:
    """Counts empty searches per key in a fixed window that opens anew after a pause."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # The searches left and the time of the last counted one, by key.
        self._left: dict[str, tuple[int, float]] = {}

    def delay_seconds(self, key: str) -> float:
        """Count one empty search of `key`; how long its answer should wait, mostly 0."""
        now = time.monotonic()
        with self._lock:
            left, counted_at = self._left.get(key, (FREE_SEARCHES, now))
            if now - counted_at >= WINDOW_SECONDS:
                left = FREE_SEARCHES
            if left:
                if len(self._left) >= _MAX_CLIENTS:
                    self._forget_idle(now)
                self._left[key] = (left - 1, now)
                return 0.0
        return secrets.randbelow(MAX_DELAY_MILLISECONDS) / 1000

    def _forget_idle(self, now: float) -> None:
        self._left = {key: seen for key, seen in self._left.items() if now - seen[1] < WINDOW_SECONDS}


# Process-wide, because every thread answers the same clients.
empty_searches = EmptySearches()

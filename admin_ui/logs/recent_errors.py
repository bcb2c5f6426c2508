"""How many errors the last day had, for the sidebar of every page."""

import threading
import time
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError
from django.utils.translation import gettext

from system_app.logs.browsing import count_recent_errors

MOST = 1000
_SECONDS = 20.0


class RecentErrors:
    """Counted once in a while for all pages of a process: each looks at up to a thousand entries."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._count, self._until = 0, 0.0

    def count(self) -> int:
        """At most MOST; 0 where the log cannot be read."""
        with self._lock:
            now = time.monotonic()
            if now < self._until:
                return self._count
            self._until = now + _SECONDS  # others take the old number meanwhile
        try:
            self._count = count_recent_errors(datetime.now(UTC) - timedelta(days=1), MOST)
        except DatabaseError:
            self._count = 0
        return self._count

    def badge(self) -> tuple[str, str]:
        """The number for an entry of the sidebar, "" for none, and words for it."""
        count = self.count()
        if not count:
            return "", ""
        return (f"{MOST - 1}+" if count >= MOST else str(count)), gettext("Errors of the last 24 hours")


# Of this process.
recent_errors = RecentErrors()

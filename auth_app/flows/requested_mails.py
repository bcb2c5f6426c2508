"""Mails that everybody who knows an address may ask for: once in a while, and beside the answer.

Reference: contract/auth.md 11 and 12.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from auth_app import throttles
from auth_app.mails import log_unsent
from collections_app.collection import Collection
from collections_app.records.record import Record
from platform_app.requests.held_answers import beside_answer

# Until somebody gets the next mail of a kind.
RESEND_SECONDS = 120
_MOST_UNDERWAY = 1000


class _Underway:
    """What this process sends now, or will as soon as a thread is free."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ends: dict[str, float] = {}

    def begin(self, key: str) -> bool:
        """False when it is underway; that counts for a while only, as not every end is told."""
        now = time.monotonic()
        with self._lock:
            if self._ends.get(key, 0.0) > now:
                return False
            if len(self._ends) >= _MOST_UNDERWAY:
                self._ends = {one: end for one, end in self._ends.items() if end > now}
            self._ends[key] = now + RESEND_SECONDS
            return True

    def end(self, key: str) -> None:
        with self._lock:
            self._ends.pop(key, None)


@dataclass(frozen=True)
class RequestedMail:
    """One kind of such a mail; `name` is the throttle's and the log's.

    `is_counted_when_failed` says whether one that did not leave keeps the next one back as well.
    """

    name: str
    send: Callable[[Record], None]
    is_counted_when_failed: bool
    _underway: _Underway = field(default_factory=_Underway)

    def was_just_sent(self, collection: Collection, record: Record | None) -> bool:
        """Whether it is too early for another one; None asks for nobody, which takes as long."""
        return throttles.is_spent(self._key(collection, record), seconds=RESEND_SECONDS)

    def send_beside_answer(self, record: Record) -> None:
        """Send it, unless another request was quicker. What keeps it from leaving is logged."""
        key = self._key(record.collection, record)
        # While a mail server hangs, one person's mails must not fill the queue of all.
        if not self._underway.begin(key):
            return

        def send() -> None:
            if throttles.take(key, seconds=RESEND_SECONDS):
                self._send_counted(record, key)

        def then(error: Exception | None) -> None:
            self._underway.end(key)
            if error is not None:
                log_unsent(f"{self.name} mail", record, error)

        beside_answer(send, then)

    def forget(self, record: Record) -> None:
        """Let the next one leave at once: this one has done its work."""
        throttles.give_back(self._key(record.collection, record))

    def _send_counted(self, record: Record, key: str) -> None:
        try:
            self.send(record)
        except BaseException:
            if not self.is_counted_when_failed:
                throttles.give_back(key)
            raise

    def _key(self, collection: Collection, record: Record | None) -> str:
        return f"{self.name}:{collection.id}:{record.id if record else ''}"

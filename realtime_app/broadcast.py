"""Broadcast: from what was committed in this process to what its clients are told.

The listeners only note who is to hear, where the write was made. A thread evaluates, one change after the
other; groups whose rule or options take long wait for a second thread, so that they hold up nobody else.
"""

import logging
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Protocol
from weakref import WeakKeyDictionary

from django.db import transaction

from collections_app import commits
from collections_app.commits import CollectionChange, RecordChange, Values
from collections_app.records.record import Record
from platform_app.database.rows import in_transaction
from realtime_app.changes import Change, SharedSnapshot, topics_about
from realtime_app.evaluating import Evaluation, Message, Patience, asks_database
from realtime_app.groups import Group
from realtime_app.hub import Hub
from realtime_app.workers import Worker

logger = logging.getLogger(__name__)

# What waits to be evaluated; beyond it clients have missed something, and are to come back.
MOST_WAITING = 50_000
MOST_WAITING_BYTES = 64 * 1024 * 1024
MOST_LATE = 1000
# What one statement may take, on either thread.
QUICK = Patience(0.25, is_last=False)
LATE = Patience(5.0, is_last=True)

_UID = "realtime_app.broadcast"


class Tell(Protocol):
    def __call__(self, messages: Sequence[Message]) -> None: ...


class Overflow(Protocol):
    def __call__(self, groups: Sequence[Group] | None = None) -> None:
        """Close the streams of the clients of these groups, or of all."""


class Broadcast:
    """Hears of commits while there are clients; `tell` gets the messages, `on_overflow` closes streams."""

    def __init__(self, hub: Hub, tell: Tell, on_overflow: Overflow) -> None:
        self._hub = hub
        self._tell = tell
        self._on_overflow = on_overflow
        self._quick = Worker("realtime", most=MOST_WAITING, most_bytes=MOST_WAITING_BYTES)
        self._late = Worker("realtime-late", most=MOST_LATE, most_bytes=MOST_WAITING_BYTES)
        self._deletes: WeakKeyDictionary[RecordChange, Change] = WeakKeyDictionary()
        self._snapshots = _SharedSnapshots()

    def listen(self) -> None:
        commits.listen(
            _UID,
            records=self._on_record,
            collections=self._on_collection,
            before_delete=self._before_delete,
            is_listening=lambda: len(self._hub) > 0,
        )

    def stop(self, seconds: float) -> None:
        self._quick.stop(seconds / 2)
        self._late.stop(seconds / 2)

    # --- where the write is made ---

    def _on_record(self, change: RecordChange) -> None:
        if change.new is None:
            noted = self._deletes.pop(change, None)
            if change.collection.is_auth:
                self._hub.clear_auth((change.collection.id, change.id))
        else:
            noted = self._noted(change, change.new)
        if noted is not None:
            self.submit(lambda: self._evaluate(noted), size_bytes=noted.size_bytes)

    def _noted(self, change: RecordChange, new: Values) -> Change | None:
        """The change with who is to hear of it, as they are now; None if nobody is."""
        collection = change.collection
        if collection.is_auth and self._hub.is_signed_in((collection.id, change.id)):
            self._hub.renew_auth(Record(collection, dict(new)))
        groups, moves = self._hub.audience(topics_about(collection, change.id))
        return Change(change.kind, collection, change.id, new, groups, moves) if groups else None

    def _before_delete(self, change: RecordChange) -> None:
        """Note who hears of a delete while the database still shows what their rules look at."""
        collection = change.collection
        groups, moves = self._hub.audience(topics_about(collection, change.id))
        if not groups or change.old is None:
            return
        snapshot = None
        if any(asks_database(group, collection, change.id) for group in groups):
            snapshot = self._snapshots.of_this_transaction()
        self._deletes[change] = Change("delete", collection, change.id, change.old, groups, moves, snapshot)

    def _on_collection(self, change: CollectionChange) -> None:
        if change.old is not None and ends_sign_ins(change):
            self._hub.clear_auth_of(change.old.id)

    # --- on the threads ---

    def submit(self, work: Callable[[], None], *, size_bytes: int = 0) -> None:
        """Have the thread that evaluates do this, after all that waits; `size_bytes` is what it holds."""
        if not self._quick.put(work, size_bytes):
            self._quick.clear()
            logger.warning("more changes wait to be told than memory should hold: streams are closed")
            self._on_overflow()

    def take(self, change: RecordChange) -> None:
        """Broadcast what another process has committed; on the thread that evaluates."""
        if change.new is not None:
            noted = self._noted(change, change.new)
        else:
            collection = change.collection
            groups, moves = self._hub.audience(topics_about(collection, change.id))
            noted = (
                Change("delete", collection, change.id, change.old or {}, groups, moves) if groups else None
            )
        if noted is not None:
            self._evaluate(noted)
        if change.kind == "delete" and change.collection.is_auth:
            self._hub.clear_auth((change.collection.id, change.id))

    def _evaluate(self, change: Change) -> None:
        evaluation = Evaluation(change, QUICK)
        self._tell(evaluation.messages(change.groups))
        late = evaluation.late
        if late and not self._late.put(lambda: self._evaluate_late(change, late), change.size_bytes):
            logger.warning("%d groups of realtime clients ask too much to be told in time", len(late))
            self._on_overflow(late)

    def _evaluate_late(self, change: Change, groups: Sequence[Group]) -> None:
        self._tell(Evaluation(change, LATE).messages(groups))


def ends_sign_ins(change: CollectionChange) -> bool:
    """Whether nobody is signed in any more as a record of the collection: its tokens are not valid now."""
    old, new = change.old, change.new
    if old is None or not old.is_auth:
        return False
    return new is None or not new.is_auth or new.auth.auth_token.secret != old.auth.auth_token.secret


class _SharedSnapshots(threading.local):
    """What was pinned in the transaction that is open on this thread: all its deletes share it."""

    def __init__(self) -> None:
        self._last: Callable[[], SharedSnapshot | None] = lambda: None
        self._mark: Callable[[], None] | None = None
        self._place = 0

    def of_this_transaction(self) -> "SharedSnapshot | None":
        """The database without what this transaction has done; None if it cannot be pinned."""
        if not in_transaction():
            return SharedSnapshot.pinned()
        shared = self._last()
        if shared is None or not self._is_open():
            shared = SharedSnapshot.pinned()
            if shared is not None:
                self._remember(shared)
        return shared

    def _remember(self, shared: "SharedSnapshot") -> None:
        # Django does not name transactions, but it keeps what is to be called after each.
        self._last = weakref.ref(shared)
        self._mark = lambda: None
        self._place = len(transaction.get_connection().run_on_commit)
        transaction.on_commit(self._mark)

    def _is_open(self) -> bool:
        """Whether the transaction is still the one that was open then."""
        waiting = transaction.get_connection().run_on_commit
        return self._place < len(waiting) and waiting[self._place][1] is self._mark

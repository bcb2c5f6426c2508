"""The commit feed: what this process has committed of records and collections, for who must know of it.

Realtime, caches and webhooks hang on it. It is no hook. Listening moves no write to another lane, and an
error of a listener goes to the log: it disturbs neither the write nor the other listeners.

- A change comes out after the outermost commit, in the order of the writes and before the success hooks of
  that unit. What is rolled back, as a whole or a part of it, never does.
- Batches, cascades, references that are taken out, truncating, imports and the ORM's `save` and `delete` are
  heard like requests. Bare SQL is not: the SQL console, `queryset.update()`, `bulk_create()`.
- A witness is told earlier: within the transaction, of what its own thread does (`witnessed`).
- Listeners are called at once, where the write was made: that may be the event loop's own thread, and writers
  on SQLite wait meanwhile. They put down what they need and leave the work, and every query, to others.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

from django.db import transaction

from collections_app.catalog import forget_catalog
from collections_app.collection import Collection
from platform_app.database.rows import in_transaction

logger = logging.getLogger(__name__)

Kind = Literal["create", "update", "delete"]
Values = Mapping[str, Any]


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class RecordChange:
    """One record written or deleted; both mappings hold all fields by name, decoded, hidden ones included.

    `old` is the record as it was read for the write, None for a new one; `new` is None for a deleted one. The
    values belong to all listeners: leave lists in them as they are.
    """

    kind: Kind
    collection: Collection
    id: str
    old: Values | None
    new: Values | None


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class CollectionChange:
    """One definition written or deleted; `old` is None for a new collection, `new` for a deleted one.

    The records that go with a collection are not told one by one. `find_collection` knows the change already.
    """

    kind: Kind
    old: Collection | None
    new: Collection | None


OnRecord = Callable[[RecordChange], None]
IsListening = Callable[[], bool]
OnCollection = Callable[[CollectionChange], None]
Change = TypeVar("Change", RecordChange, CollectionChange)


@dataclass(frozen=True)
class _Listener:
    records: OnRecord | None
    collections: OnCollection | None
    before_delete: OnRecord | None
    is_listening: IsListening


class Witness(Protocol):
    """Is told of each change before it is committed; what it writes is committed or rolled back with it.

    What it raises makes the write fail.
    """

    def record(self, change: RecordChange) -> None:
        """A record whose row was just written or deleted."""

    def collection(self, change: CollectionChange) -> None:
        """A definition whose row was just written or deleted."""


class _Thread(threading.local):
    """Whoever looks on at what this thread does."""

    witness: Witness | None = None


class _Listeners:
    """Process-wide, because any thread may commit; read without the lock, so always replaced as a whole."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_uid: dict[str, _Listener] = {}
        self.records: tuple[OnRecord, ...] = ()
        self.collections: tuple[OnCollection, ...] = ()
        self.before_delete: tuple[OnRecord, ...] = ()
        self.are_listening: tuple[IsListening, ...] = ()

    def sort(self) -> None:
        known = self.by_uid.values()
        self.records = tuple(one.records for one in known if one.records)
        self.collections = tuple(one.collections for one in known if one.collections)
        self.before_delete = tuple(one.before_delete for one in known if one.before_delete)
        self.are_listening = tuple(one.is_listening for one in known if one.records or one.before_delete)


_listeners = _Listeners()
_thread = _Thread()


def _always() -> bool:
    return True


def listen(
    uid: str,
    *,
    records: OnRecord | None = None,
    collections: OnCollection | None = None,
    before_delete: OnRecord | None = None,
    is_listening: IsListening = _always,
) -> None:
    """Call these for every change from now on, in the order of listening; a known `uid` is replaced.

    `before_delete` is called inside the transaction while the row still exists, for every record that a
    cascade takes too, for who must decide then who may hear of it. On SQLite another connection does not see
    what the transaction has done so far. It gets the object that `records` gets after the commit; when that
    never comes the transaction was rolled back, so keep notes by it in a `weakref.WeakKeyDictionary`.

    `is_listening` is asked with every write: while no listener is, what costs something is not gathered, and
    nobody is told of records. It has to be quick.
    """
    with _listeners.lock:
        _listeners.by_uid[uid] = _Listener(records, collections, before_delete, is_listening)
        _listeners.sort()


def stop_listening(uid: str) -> None:
    """Forget a listener; nothing happens when there is none."""
    with _listeners.lock:
        _listeners.by_uid.pop(uid, None)
        _listeners.sort()


@contextmanager
def witnessed(witness: Witness) -> Iterator[None]:
    """A `with` block whose writes `witness` is told of within their transactions; an inner one goes first.

    Each of them has a transaction then, so none of them runs inline.
    """
    outer, _thread.witness = _thread.witness, witness
    try:
        yield
    finally:
        _thread.witness = outer


# --- for who writes -----------------------------------------------------------------------------------


def records_are_heard() -> bool:
    """Whether to gather the values of a changed record at all."""
    return _thread.witness is not None or _somebody_listens()


def _somebody_listens() -> bool:
    return any(is_listening() for is_listening in _listeners.are_listening)


def is_witnessed() -> bool:
    """Whether a write needs a transaction for who looks on."""
    return _thread.witness is not None


def show_witness(change: RecordChange) -> None:
    """Tell who looks on, and nobody else, of a write that goes its own way: that of an exposed model."""
    if _thread.witness is not None:
        _thread.witness.record(change)


def record_written(
    kind: Kind, collection: Collection, record_id: str, *, old: Values | None, new: Values
) -> None:
    """Tell of a record whose row is written, after the commit of the transaction that is open, or now."""
    old = None if old is None else MappingProxyType(dict(old))
    change = RecordChange(kind, collection, record_id, old, MappingProxyType(dict(new)))
    show_witness(change)
    _tell_committed(change)


def before_deleting(collection: Collection, record_id: str, old: Values) -> RecordChange:
    """Tell that a row is about to go; returns what to pass to `record_deleted` once it has gone."""
    change = RecordChange("delete", collection, record_id, MappingProxyType(dict(old)), None)
    for listener in _listeners.before_delete:
        try:
            # A statement of a listener that fails must not spoil the transaction.
            with transaction.atomic():
                listener(change)
        except Exception:
            logger.exception("a listener failed before the delete of %s/%s", collection.name, record_id)
    return change


def record_deleted(change: RecordChange) -> None:
    """Tell of a record whose row has gone, after the commit."""
    show_witness(change)
    _tell_committed(change)


def collection_changed(old: Collection | None, new: Collection | None) -> None:
    """Tell of a definition that is written, after the commit.

    The snapshot is forgotten before: listeners find the new one, and so does everybody else, though somebody
    may have loaded the old one while a surrounding transaction was open.
    """
    kind: Kind = "create" if old is None else "delete" if new is None else "update"
    change = CollectionChange(kind, old, new)
    if _thread.witness is not None:
        _thread.witness.collection(change)
    transaction.on_commit(lambda: _tell_collection(change))


def _tell_committed(change: RecordChange) -> None:
    if _thread.witness is not None and not _somebody_listens():
        return  # it was gathered for a witness alone
    if in_transaction():
        transaction.on_commit(lambda: _tell(_listeners.records, change))
    else:
        _tell(_listeners.records, change)


def _tell_collection(change: CollectionChange) -> None:
    forget_catalog()
    _tell(_listeners.collections, change)


def _tell(listeners: tuple[Callable[[Change], None], ...], change: Change) -> None:
    for listener in listeners:
        try:
            listener(change)
        except Exception:
            logger.exception("a listener failed at %r", change)

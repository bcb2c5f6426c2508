"""Relay: what is committed here is told to the other processes, and what they committed is broadcast here.

A change travels as what it takes to evaluate it elsewhere: the id of a record that is there, and the last row
of one that is gone. Rules are asked where a change arrives: about the record as it is by then, and about that
row alone, as what went with it is not to be seen any more.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from collections_app import commits
from collections_app.catalog import find_collection, forget_catalog
from collections_app.collection import Collection
from collections_app.commits import CollectionChange, RecordChange, Values
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_record
from realtime_app.broadcast import Broadcast, ends_sign_ins
from realtime_app.bus.bus import Bus
from realtime_app.groups import AuthKey
from realtime_app.hub import Hub

logger = logging.getLogger(__name__)

# What a process announces while it has clients.
INTEREST = "realtime"
# How long it goes on after the last one left: clients come back.
LINGER_SECONDS = 30.0

_RECORD = "realtime record"
_COLLECTION = "realtime collection"
_MESSAGE = "realtime message"
_UID = "realtime_app.relay"
# Of an auth record; they do not leave the machine, and no rule is to look at them.
_SECRETS = frozenset({"password", "tokenKey"})

Tell = Callable[[str, bytes, "Sequence[AuthKey] | None"], None]


class Relay:
    """Speaks over `bus` for the hub and the broadcast of this process."""

    def __init__(self, bus: Bus, hub: Hub, broadcast: Broadcast, tell: Tell) -> None:
        """`tell` gets the messages that other processes send by hand."""
        self._bus = bus
        self._hub = hub
        self._broadcast = broadcast
        self._tell = tell
        self._announced: Future[None] | None = None

    def listen(self) -> None:
        """From now on, to commits and to the bus."""
        commits.listen(
            _UID,
            records=self._tell_record,
            collections=self._tell_collection,
            is_listening=lambda: self._bus.has_anybody(INTEREST),
        )
        self._bus.on(_RECORD, self._hear_record)
        self._bus.on(_COLLECTION, self._hear_collection)
        self._bus.on(_MESSAGE, self._hear_message)

    # --- whether anybody listens here; on the event loop ---

    async def announced(self) -> None:
        """Have the others tell us what they commit from now on, and return when they do.

        Who registers a client before anything else is awaited is not forgotten again meanwhile.
        """
        while self._announced is None or not self._announced.done():
            if self._announced is None:
                self._announced = self._bus.announce(INTEREST, True)
                asyncio.get_running_loop().call_later(LINGER_SECONDS, self._look_for_clients)
            await asyncio.wait([asyncio.wrap_future(self._announced)])

    def _look_for_clients(self) -> None:
        if len(self._hub):
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._look_for_clients)
        else:
            self._announced = None
            self._bus.announce(INTEREST, False)

    # --- to the others ---

    def send(self, topic: str, data: bytes, to: Sequence[AuthKey] | None) -> None:
        """Have the others send this message to their clients."""
        if self._bus.has_anybody(INTEREST):
            self._bus.publish(_MESSAGE, {"topic": topic, "data": data.decode(), "to": to})

    def _tell_record(self, change: RecordChange) -> None:
        if not self._bus.has_anybody(INTEREST):
            return
        row = None
        if change.new is None:
            row = _row_of(change.collection, change.old or {})
        self._bus.publish(
            _RECORD, {"kind": change.kind, "collection": change.collection.id, "id": change.id, "row": row}
        )

    def _tell_collection(self, change: CollectionChange) -> None:
        ended = change.old.id if change.old is not None and ends_sign_ins(change) else None
        self._bus.publish(_COLLECTION, {"ended": ended})

    # --- from the others, on the event loop ---

    def _hear_record(self, told: Mapping[str, Any]) -> None:
        if len(self._hub):
            size_bytes = sum(len(value) for value in told["row"] or () if isinstance(value, str))
            self._broadcast.submit(lambda: self._broadcast_here(told), size_bytes=size_bytes)

    def _hear_collection(self, told: Mapping[str, Any]) -> None:
        forget_catalog()
        if told["ended"]:
            self._hub.clear_auth_of(told["ended"])

    def _hear_message(self, told: Mapping[str, Any]) -> None:
        to = told["to"]
        keys = None if to is None else [(collection_id, record_id) for collection_id, record_id in to]
        self._tell(told["topic"], told["data"].encode(), keys)

    def _broadcast_here(self, told: Mapping[str, Any]) -> None:
        collection = find_collection(told["collection"])
        if collection is None:
            return
        if told["kind"] == "delete":
            old = _values_of(collection, told["row"])
            if old is not None:
                self._broadcast.take(RecordChange("delete", collection, told["id"], old, None))
            return
        record = find_record(collection, told["id"])
        if record is not None:  # else it is gone since, which is told next
            self._broadcast.take(RecordChange(told["kind"], collection, told["id"], None, record.values))


def _row_of(collection: Collection, values: Values) -> list[Any]:
    """The row that a record had, in the order of its collection's fields, as JSON can hold it."""
    return [
        "" if collection.is_auth and field.name in _SECRETS else field.to_db(values[field.name])
        for field in collection.fields
    ]


def _values_of(collection: Collection, row: Sequence[Any]) -> Values | None:
    """None when the collection has been designed anew meanwhile: nobody can say what is what."""
    if len(row) != len(collection.fields):
        return None
    return decode_rows(collection, [row])[0].values

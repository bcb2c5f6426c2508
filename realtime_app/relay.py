"""Relay: what is committed here is told to the other processes, and what they committed is broadcast here.

A change travels with the row that the write has made, or has taken, and its rules are asked where it arrives.
Accounts that are there are read there instead: their secrets do not leave the machine, and say who is signed
in. About a delete that row alone is asked, as what went with it is not to be seen any more.
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
from collections_app.derived import derived
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_record
from platform_app.database.ids import checksum
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
        collection, new = change.collection, change.new
        row = None
        if new is None or not collection.is_auth:
            row = _row_of(collection, (new or change.old) or {})
        told = {"kind": change.kind, "collection": collection.id, "design": _design(collection)}
        self._bus.publish(_RECORD, {**told, "id": change.id, "row": row})

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
        kind, record_id = told["kind"], told["id"]
        values = None
        if told["row"] is not None and told["design"] == _design(collection):
            values = decode_rows(collection, [told["row"]])[0].values
        if kind == "delete":
            if values is not None:  # else nobody can say what the row meant
                self._broadcast.take(RecordChange(kind, collection, record_id, values, None))
            return
        if values is None:
            record = find_record(collection, record_id)
            if record is None:
                return  # it is gone since, which is told next
            values = record.values
        self._broadcast.take(RecordChange(kind, collection, record_id, None, values))


def _row_of(collection: Collection, values: Values) -> list[Any]:
    """The row of a record, in the order of its collection's fields, as JSON can hold it."""
    return [
        "" if collection.is_auth and field.name in _SECRETS else field.to_db(values[field.name])
        for field in collection.fields
    ]


@derived
def _design(collection: Collection) -> str:
    """Which columns a row of the collection has: with another design nobody can say what is what."""
    return checksum(" ".join(f"{field.id}:{field.type}:{field.name}" for field in collection.fields))

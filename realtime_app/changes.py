"""What was committed, as it waits to be evaluated."""

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collections_app.collection import Collection
from collections_app.commits import Kind
from platform_app.database.snapshots import Snapshot, pin
from realtime_app.groups import Group

_USUAL_BYTES = 1000


class SharedSnapshot:
    """A pinned state of the database, given back when nothing that waits needs it any more."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.reading = snapshot.reading
        weakref.finalize(self, snapshot.release)

    @classmethod
    def pinned(cls) -> "SharedSnapshot | None":
        """The state of now, as other connections see it; None if none can be kept."""
        snapshot = pin()
        return None if snapshot is None else cls(snapshot)


@dataclass(frozen=True, slots=True)
class Change:
    """One record written or deleted, and the groups that have subscribed to hear of it.

    `values` are those that it has now, or had at last; `moves` say who was in the groups; `snapshot` shows
    the database as it was before a delete, for rules that look at what goes with the record.
    """

    kind: Kind
    collection: Collection
    id: str
    values: Mapping[str, Any]
    groups: Sequence[Group]
    moves: int
    snapshot: SharedSnapshot | None = None

    @property
    def size_bytes(self) -> int:
        """About what it keeps in memory."""
        return _USUAL_BYTES + sum(len(value) for value in self.values.values() if isinstance(value, str))


def topics_about(collection: Collection, record_id: str) -> tuple[str, ...]:
    """The topics, without options, of which a record's changes are told (contract/realtime.md 4)."""
    names = collection.name, collection.id
    return (*(f"{name}/*" for name in names), *names, *(f"{name}/{record_id}" for name in names))


def is_about_one(topic: str, record_id: str) -> bool:
    """Whether a topic, without options, is about the record alone and not about its whole collection."""
    return topic.endswith(f"/{record_id}")

"""Group: the clients that get the same messages, because they are the same to every rule."""

from typing import TYPE_CHECKING, Any

from collections_app.request_info import RequestInfo
from realtime_app.clients import Client
from realtime_app.topics import Topic

if TYPE_CHECKING:
    from collections_app.records.record import Record

# The collection and id of the signed-in record.
AuthKey = tuple[str, str]
Key = tuple[AuthKey | None, str]


def auth_key(auth: "Record | None") -> AuthKey | None:
    return None if auth is None else (auth.collection.id, auth.id)


class Group:
    """The clients with one topic, options included, and one signed-in record.

    Neither ever changes: who signs in, or whose record changes, moves to another group. So what is worked out
    for a group, and kept in `notes`, stays right as long as what else it was worked out from.
    """

    __slots__ = ("clients", "info", "notes", "topic")

    def __init__(self, topic: Topic, auth: "Record | None") -> None:
        self.topic = topic
        self.info = RequestInfo(context="realtime", query=topic.query, headers=topic.headers, auth=auth)
        # In the order in which they came; others may be looking, so only the hub changes it, under its lock.
        # The number is that of the hub's move that brought the client here, 0 when it came by itself.
        self.clients: dict[Client, int] = {}
        self.notes: dict[str, Any] = {}

    def members(self, moves: int | None) -> list[Client]:
        """Those that the hub had not moved here only after so many moves: they were in another group then,
        and hear there of what was committed before."""
        clients = tuple(self.clients.items())
        return [client for client, moved in clients if moves is None or moved <= moves]

    def __repr__(self) -> str:
        return f"<Group {self.topic.text!r} of {self.info.auth!r}, {len(self.clients)} clients>"

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
        self.clients: dict[Client, None] = {}
        self.notes: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Group {self.topic.text!r} of {self.info.auth!r}, {len(self.clients)} clients>"

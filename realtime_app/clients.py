"""Client: one open stream, as the rest of the server knows it.

Reference: contract/realtime.md 1.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from platform_app.database.ids import random_text
from realtime_app.topics import Topic

if TYPE_CHECKING:
    from collections_app.records.record import Record

ID_LENGTH = 40


class Client:
    """A client and what it is subscribed to.

    `auth` and `topics` are the hub's to change (`Hub.subscribe`). `store` is for whoever wants to remember
    something of this client as long as its stream lasts.
    """

    __slots__ = ("auth", "close", "head", "id", "ip", "is_open", "push", "store", "topics")

    def __init__(self, *, owner: str = "", ip: str = "") -> None:
        """`owner` is the tag of this process, with which the id begins; `ip` where the stream comes from."""
        self.id = owner + random_text(ID_LENGTH - len(owner))
        self.ip = ip
        self.head = b"id:" + self.id.encode()  # what every frame begins with
        self.auth: Record | None = None
        self.topics: Mapping[str, Topic] = {}
        self.store: dict[str, Any] = {}
        self.is_open = True
        # Of the stream, on the event loop only: send a frame, and end.
        self.push: Callable[[bytes], None] = _nowhere
        self.close: Callable[[], None] = _never_opened

    def attach(self, push: Callable[[bytes], None], close: Callable[[], None]) -> None:
        """Name what sends its frames and ends its stream."""
        self.push, self.close = push, close

    def detach(self) -> None:
        """Its stream has ended."""
        self.push, self.close = _nowhere, _never_opened

    def has_subscription(self, topic: str) -> bool:
        """Whether it is subscribed to exactly this text."""
        return topic in self.topics

    def subscriptions(self, *prefixes: str) -> dict[str, Topic]:
        """Its topics by their texts, all or those that begin so: `posts?` finds `posts` with any options."""
        if not prefixes:
            return dict(self.topics)
        return {text: topic for text, topic in self.topics.items() if f"{text}?".startswith(prefixes)}

    def __repr__(self) -> str:
        return f"<Client {self.id}>"


def _nowhere(frame: bytes) -> None:
    """Before the stream is open, or after its end, nobody hears."""


def _never_opened() -> None:
    """Nothing to close."""


def frame_tail(name: str, data: bytes) -> bytes:
    """A message without the client's head; `data` is one line (contract/realtime.md 2)."""
    return b"\nevent:" + name.encode("utf-8", "replace") + b"\ndata:" + data + b"\n\n"

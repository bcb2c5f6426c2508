"""Client: one open stream, as the rest of the server knows it.

Reference: contract/realtime.md 1.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from platform_app.database.ids import random_text
from platform_app.wire.json_encoding import encode
from realtime_app.topics import Topic

if TYPE_CHECKING:
    from django.http import HttpRequest

    from collections_app.records.record import Record

ID_LENGTH = 40

# Clients, the name of the event, and its data as one line of JSON.
SendMessage = Callable[["Iterable[Client]", str, bytes], None]


class Client:
    """A client and what it is subscribed to.

    `auth` and `topics` are the hub's to change (`Hub.subscribe`). Any thread may look, remember something
    with `set`, and `send`; `push` and `close` are the stream's, on the event loop only.
    """

    __slots__ = (
        "_notes",
        "_send",
        "auth",
        "close",
        "head",
        "id",
        "ip",
        "is_open",
        "push",
        "request",
        "topics",
    )

    def __init__(self, *, owner: str = "", ip: str = "") -> None:
        """`owner` is the tag of this process, with which the id begins; `ip` where the stream comes from."""
        self.id = owner + random_text(ID_LENGTH - len(owner))
        self.ip = ip
        self.head = b"id:" + self.id.encode()  # what every frame begins with
        self.auth: Record | None = None
        self.topics: Mapping[str, Topic] = {}
        self.is_open = True
        self.request: HttpRequest | None = None  # what opened the stream, kept for receivers of its messages
        self.push: Callable[[bytes], None] = _nowhere
        self.close: Callable[[], None] = _never_opened
        self._send: SendMessage = _to_nobody
        self._notes: dict[str, Any] = {}

    # --- the stream ---

    def attach(self, push: Callable[[bytes], None], close: Callable[[], None], send: SendMessage) -> None:
        """Name what sends its frames, what ends its stream, and what sends messages from any thread."""
        self.push, self.close, self._send = push, close, send

    def detach(self) -> None:
        """Its stream has ended."""
        self.push, self.close, self._send = _nowhere, _never_opened, _to_nobody

    # --- for everybody ---

    def send(self, name: str, data: Any = None) -> None:
        """Send one message, subscribed or not; `data` is any JSON value. Without an open stream it is lost.

        Raises TypeError or ValueError for what is not JSON.
        """
        self._send([self], name, encode(data))

    def get(self, key: str, default: Any = None) -> Any:
        """What was remembered with `set`."""
        return self._notes.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Remember something for as long as the stream lasts."""
        self._notes[key] = value

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


def _to_nobody(clients: "Iterable[Client]", name: str, data: bytes) -> None:
    """The same for whole messages."""


def _nowhere(frame: bytes) -> None:
    """Before the stream is open, or after its end, nobody hears."""


def _never_opened() -> None:
    """Nothing to close."""


def frame_tail(name: str, data: bytes) -> bytes:
    """A message without the client's head; `data` is one line (contract/realtime.md 2)."""
    return b"\nevent:" + name.encode("utf-8", "replace") + b"\ndata:" + data + b"\n\n"

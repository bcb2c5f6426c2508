"""Clients without a connection: what they were sent is in a list."""

import json
from collections.abc import Sequence
from typing import Any

from realtime_app.clients import Client, frame_tail
from realtime_app.evaluating import Message
from realtime_app.hub import Hub

Told = tuple[str, str, dict[str, Any]]


class Listener(Client):
    """Keeps its frames; `closed` counts how often somebody ended its stream."""

    __slots__ = ("__dict__",)

    def __init__(self, *, ip: str = "") -> None:
        super().__init__(ip=ip)
        self.frames: list[bytes] = []
        self.closed = 0
        self.attach(self.frames.append, self._count_close, lambda clients, name, data: None)

    def _count_close(self) -> None:
        self.closed += 1

    def take(self) -> list[tuple[str, Any]]:
        """The events that came since, by name, with their data."""
        frames, self.frames[:] = list(self.frames), []
        return [event_of(frame, self) for frame in frames]

    def told(self) -> list[Told]:
        """The same of records: `("posts/*", "create", {...})`."""
        return [(name, data["action"], data["record"]) for name, data in self.take()]


def event_of(frame: bytes, client: Client) -> tuple[str, Any]:
    """The name and data of a frame, which has to have the client's id and the right shape."""
    head, name, data, *rest = frame.split(b"\n")
    assert (head, rest) == (b"id:" + client.id.encode(), [b"", b""])
    assert name.startswith(b"event:") and data.startswith(b"data:")
    return name.removeprefix(b"event:").decode(), json.loads(data.removeprefix(b"data:"))


def tell(messages: Sequence[Message]) -> None:
    """Send messages to their clients at once."""
    for message in messages:
        for client in message.clients:
            client.push(client.head + frame_tail(message.topic, message.data))


def joined(hub: Hub, *topics: str, auth: Any = None) -> Listener:
    """A client of `hub` that is subscribed."""
    client = Listener()
    hub.register(client)
    hub.subscribe(client, topics, auth)
    return client

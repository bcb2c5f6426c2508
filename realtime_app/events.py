"""The hooks of realtime (contract/hooks.md 3)."""

from dataclasses import dataclass

from django.http import HttpRequest

from collections_app.events import HttpEvent
from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook
from realtime_app.clients import Client

IDLE_SECONDS = 5 * 60.0
MAX_SECONDS = 30 * 60.0


@dataclass
class RealtimeConnectEvent(HttpEvent):
    """A stream about to open; what follows a receiver's `yield` runs when it has ended.

    It ends after `idle_seconds` without a message, and after `max_seconds` in any case.
    """

    client: Client
    idle_seconds: float = IDLE_SECONDS
    max_seconds: float = MAX_SECONDS


@dataclass
class RealtimeSubscribeEvent(HttpEvent):
    """All subscriptions of a client about to be replaced by these; receivers may edit or refuse them."""

    client: Client
    subscriptions: list[str]


@dataclass
class RealtimeMessageEvent(Event):
    """A message about to be sent to one client; `data` is one line, in most cases JSON.

    A receiver that stops the chain drops the message; what one raises ends the stream.
    """

    client: Client
    name: str
    data: bytes

    @property
    def request(self) -> HttpRequest:
        """The request that opened the stream; an empty one if there was no receiver then."""
        return self.client.request or HttpRequest()


realtime_connect_request = Hook()
realtime_subscribe_request = Hook()
realtime_message_send = Hook()

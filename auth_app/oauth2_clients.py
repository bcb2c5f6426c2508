"""The realtime clients that wait for somebody to come back from an OAuth2 provider.

A client opens a stream, subscribes to `@oauth2` and gives its id to the provider as `state`; the browser
comes back with it to the redirect, which tells the client. Who keeps the streams is above this app: it
announces how a client is found.
Reference: contract/auth.md 10.2.
"""

from collections.abc import Callable
from typing import Protocol

TOPIC = "@oauth2"


class WaitingClient(Protocol):
    """What is asked of the client of a stream, in whatever process it is."""

    @property
    def ip(self) -> str:
        """Where the stream was opened from, as `real_ip` says; "" if that is not known."""
        ...

    def take_subscription(self) -> bool:
        """End its subscription to exactly TOPIC; False if it has none. Of several at once one gets True."""
        ...

    def send(self, event: str, data: str) -> None:
        """Send one message, subscribed or not; to a stream that has ended meanwhile it goes nowhere."""
        ...


FindClient = Callable[[str], WaitingClient | None]


class _Finder:
    """How a client is found; set once, when the app that knows is ready. Until then there is none."""

    def __init__(self) -> None:
        self.find: FindClient = lambda client_id: None


_finder = _Finder()


def announce_clients(find: FindClient) -> None:
    """Say how to find the client with an id; it may be called from any thread."""
    _finder.find = find


def find_client(client_id: str) -> WaitingClient | None:
    """None when there is no such client, or its stream has ended."""
    return _finder.find(client_id)

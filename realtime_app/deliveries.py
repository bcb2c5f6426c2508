"""Deliveries: frames on their way from any thread to the streams, which belong to the event loop.

A broadcast to thousands gives the loop to others every millisecond or two. Who makes messages faster than
they are sent waits, or closes streams: what is on its way is bounded.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from realtime_app.clients import Client

logger = logging.getLogger(__name__)

# Whoever can wait does so when more is on its way; beyond the second bound nothing more is taken.
MUCH_BYTES = 16 * 1024 * 1024
MOST_BYTES = 64 * 1024 * 1024
# Of our own work; what the kernel takes to write so much comes to it at the end of the turn, twice as long.
_SLICE_SECONDS = 0.0005
_CLIENTS_PER_LOOK = 20  # at the clock
_CLIENT_BYTES = 8
_PART_BYTES = 200
_LOOK_SECONDS = 0.5

_Part = tuple[Iterator[Client], bytes, int]


class Deliveries:
    """Sends the tails of frames to clients, in the order in which they were handed over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = threading.get_ident()
        self._parts: deque[_Part] = deque()
        self._bytes = 0
        self._is_scheduled = False
        self._changed = threading.Condition()

    def put(self, deliveries: Iterable[tuple[Sequence[Client], bytes]]) -> bool:
        """Send these tails to these clients soon; False when so much is on its way that these are not taken.

        The clients must not be changed by anybody else.
        """
        parts = [
            (iter(clients), tail, _PART_BYTES + _CLIENT_BYTES * len(clients) + len(tail))
            for clients, tail in deliveries
        ]
        size_bytes = sum(part[2] for part in parts)
        if self._loop.is_closed():
            return True  # nobody is left to send to
        with self._changed:
            if self._parts and self._bytes + size_bytes > MOST_BYTES:
                return False
            self._parts.extend(parts)
            self._bytes += size_bytes
            if self._is_scheduled or not self._parts:
                return True
            self._is_scheduled = True
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._send)
        else:
            self._loop.call_soon_threadsafe(self._send)
        return True

    def wait_for_room(self) -> None:
        """Return when not much is on its way; for threads that make more, and not for the event loop's."""
        with self._changed:
            while self._bytes > MUCH_BYTES and not self._loop.is_closed():
                self._changed.wait(_LOOK_SECONDS)

    def _send(self) -> None:
        until = time.monotonic() + _SLICE_SECONDS
        while True:
            with self._changed:
                if not self._parts:
                    self._is_scheduled = False
                    return
                clients, tail, size_bytes = self._parts[0]
            if not _send_to_some(clients, tail):
                with self._changed:
                    self._parts.popleft()
                    self._bytes -= size_bytes
                    self._changed.notify_all()
            if time.monotonic() >= until:
                self._loop.call_soon(self._send)
                return


def _send_to_some(clients: Iterator[Client], tail: bytes) -> bool:
    """Whether there may be more of them."""
    for _ in range(_CLIENTS_PER_LOOK):
        client = next(clients, None)
        if client is None:
            return False
        try:
            client.push(client.head + tail)
        except Exception:
            # What ends one stream must not end those of others.
            logger.exception("%r cannot be sent to", client)
    return True

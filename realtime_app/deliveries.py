"""Deliveries: frames on their way from any thread to the streams, which belong to the event loop.

A broadcast to thousands gives the loop to others every millisecond.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator

from realtime_app.clients import Client

_SLICE_SECONDS = 0.001
_CLIENTS_PER_LOOK = 20  # at the clock

_Part = tuple[Iterator[Client], bytes]


class Deliveries:
    """Sends the tails of frames to clients, in the order in which they were handed over."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = threading.get_ident()
        self._parts: deque[_Part] = deque()
        self._is_scheduled = False
        self._lock = threading.Lock()

    def put(self, deliveries: Iterable[tuple[Iterable[Client], bytes]]) -> None:
        """Send these tails to these clients soon; the clients must not be changed by anybody else."""
        with self._lock:
            self._parts.extend((iter(clients), tail) for clients, tail in deliveries)
            if self._is_scheduled or not self._parts:
                return
            self._is_scheduled = True
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._send)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._send)

    def _send(self) -> None:
        until = time.monotonic() + _SLICE_SECONDS
        while True:
            with self._lock:
                if not self._parts:
                    self._is_scheduled = False
                    return
                clients, tail = self._parts[0]
            if not _send_to_some(clients, tail):
                self._parts.popleft()
            if time.monotonic() >= until:
                self._loop.call_soon(self._send)
                return


def _send_to_some(clients: Iterator[Client], tail: bytes) -> bool:
    """Whether there may be more of them."""
    for _ in range(_CLIENTS_PER_LOOK):
        client = next(clients, None)
        if client is None:
            return False
        client.push(client.head + tail)
    return True

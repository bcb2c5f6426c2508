"""Realtime clients for tests with real servers: many of them on one thread, polite and less so."""

import json
import re
import selectors
import socket
import struct
import threading
import time
from typing import Literal

from tests.served import START_SECONDS, Server

# `reads` takes all that comes, `sips` one byte a second, `sleeps` nothing.
Manner = Literal["reads", "sips", "sleeps"]

_CLIENT_ID = re.compile(rb'data:{"clientId":"(\w+)"}\n\n')
_NUMBER = re.compile(rb'"n":(\d+)')
_SMALL_BUFFER = 4096
_LARGE_PIECE = 1 << 20
# Off, after zero seconds: to close resets the connection.
_RESET = struct.pack("ii", 1, 0)


class Stream:
    """One open stream; `received` is what came, `has_ended` that there will be no more of it."""

    def __init__(self, server: Server, manner: Manner = "reads") -> None:
        self.manner = manner
        self.socket = socket.socket()
        if manner != "reads":  # before it connects: what the kernel keeps for it is little then
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        self.socket.settimeout(START_SECONDS)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.sendall(b"GET /api/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self.received = bytearray()
        self.has_ended = False
        while (found := _CLIENT_ID.search(self.received)) is None:
            piece = self.socket.recv(_SMALL_BUFFER)
            assert piece, bytes(self.received)
            self.received += piece
        self.id = found[1].decode()

    def subscribe(self, server: Server, *topics: str) -> "Stream":
        """Any process of the installation may be asked."""
        body = json.dumps({"clientId": self.id, "subscriptions": topics})
        answer = server.request("POST", "/api/realtime", {"content-type": "application/json"}, body)
        assert answer.status == 204, answer
        return self

    @property
    def numbers(self) -> list[int]:
        """What the records were numbered of which it heard, in the order of its events."""
        return [int(number) for number in _NUMBER.findall(bytes(self.received))]

    def take(self, size: int) -> None:
        try:
            piece = self.socket.recv(size)
        except OSError:
            piece = b""
        self.received += piece
        self.has_ended = not piece or self.received.endswith(b"\r\n0\r\n\r\n")

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Vanish: the server is told that there is nobody."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.socket.close()


class Reading:
    """Reads streams on a thread, each in its manner, while the block lasts."""

    def __init__(self, streams: list[Stream]) -> None:
        self._streams = streams
        self._selector = selectors.DefaultSelector()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        for stream in self._streams:
            if stream.manner == "reads":
                self._selector.register(stream.socket, selectors.EVENT_READ, stream)
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        self._thread.join()
        self._selector.close()

    def _run(self) -> None:
        sips_at = time.monotonic()
        while not self._is_over.is_set():
            for key, _ in self._selector.select(0.1):
                key.data.take(_LARGE_PIECE)
                if key.data.has_ended:
                    self._selector.unregister(key.fileobj)
            if time.monotonic() >= sips_at:
                sips_at += 1.0
                for stream in self._streams:
                    if stream.manner == "sips" and not stream.has_ended:
                        stream.take(1)


def until(condition, what: str) -> None:
    """Wait for something; raises AssertionError, naming it, when it hangs."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)

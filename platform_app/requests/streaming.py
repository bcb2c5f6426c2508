"""Answers that are sent while they are made: in large pieces, and no longer than somebody reads them."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase

from platform_app.requests.asgi import Receive, Send, until_disconnected
from platform_app.requests.lane_threads import LaneThreads

# Each piece costs a hop to a thread and a write to the socket.
CHUNK_BYTES = 64 * 1024
# What a slow source has made is sent after so long, however little it is.
PATIENCE_SECONDS = 0.1


class _Source:
    """The chunks of a response, gathered on one thread and taken by the event loop on another."""

    def __init__(self, response: HttpResponseBase) -> None:
        self._response = response
        self._chunks: Iterator[bytes] = iter(response)
        self._working = threading.Lock()  # a generator cannot be closed while it runs
        self._gathered: list[bytes] = []
        self._is_unwanted = False

    def gather(self) -> bool:
        """Make chunks until there are enough for a piece; tells whether these were the last."""
        size_bytes = 0
        with self._working:
            while size_bytes < CHUNK_BYTES and not self._is_unwanted:
                chunk = next(self._chunks, None)
                if chunk is None:
                    return True
                if chunk:
                    self._gathered.append(chunk)
                size_bytes += len(chunk)
        return False

    def take(self) -> bytes:
        count = len(self._gathered)  # others may come meanwhile, at the end
        gathered = self._gathered[:count]
        del self._gathered[:count]
        return gathered[0] if len(gathered) == 1 else b"".join(gathered)

    def give_up(self) -> None:
        """Nobody wants more: `gather` ends with the chunk that it makes."""
        self._is_unwanted = True

    def close(self) -> None:
        with self._working:
            self._response.close()


async def stream(
    response: HttpResponseBase, receive: Receive, send: Send, threads: LaneThreads, *, is_head: bool
) -> None:
    """Send the body of a streaming response, made on `threads`; its head was sent already.

    The response is closed at the end, and at once when the client is gone, on `threads`, too.
    """
    source = _Source(response)
    gone = asyncio.ensure_future(until_disconnected(receive))
    try:
        is_last = is_head
        while not is_last and not gone.done():
            is_last = await _gathered(source, send, threads, gone)
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        source.give_up()
        await asyncio.shield(asyncio.wrap_future(threads.submit_admitted(source.close)))


async def _gathered(source: _Source, send: Send, threads: LaneThreads, gone: "asyncio.Future[None]") -> bool:
    """Send one piece, or several small ones of a slow source; whether the source has no more."""
    gathering = asyncio.wrap_future(threads.submit_admitted(source.gather))
    both: set[asyncio.Future[Any]] = {gathering, gone}
    while not gathering.done() and not gone.done():
        await asyncio.wait(both, timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if piece := source.take():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    if not gathering.done():
        return True
    is_last = await gathering
    if piece := source.take():  # made while a slow client took the one before
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    return is_last

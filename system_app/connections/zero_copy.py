"""Parts of files on their way to a client: the kernel copies them to the socket, Python sees no byte.

What ASGI calls "zero copy send" (`http.response.zerocopysend`), which uvicorn does not have. uvloop owns the
socket, so this works on a duplicate of its descriptor, and only while nothing of uvloop's waits to be sent.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Any, Protocol

from platform_app.requests.lane_threads import threads_of

# What is sent without a thread where the kernel has it in memory: to copy it costs less than to wake one.
AT_ONCE_BYTES = 1024 * 1024
# What a thread sends before it looks whether others wait for it: a disk may be slow. If nobody does it goes
# on for a turn: to wake a thread, and the event loop again, for every piece was a fifth of the whole work.
PIECE_BYTES = 1024 * 1024
_TURN_BYTES = 8 * PIECE_BYTES
# Of Linux: a read that would wait for the disk fails instead.
_NOWAIT = getattr(os, "RWF_NOWAIT", None)


class Flow(Protocol):
    """uvicorn's account of whether its transport takes more."""

    async def drain(self) -> None: ...


class Gone(Exception):
    """The client is."""


class SocketSender:
    """Sends parts of files over one connection.

    `tell_stalled` is called with whether the client keeps us waiting. `end` must be called when the
    connection ends: who waits for its client wakes up.
    """

    def __init__(self, transport: Any, flow: Flow, tell_stalled: Callable[[bool], None]) -> None:
        self._transport = transport
        self._flow = flow
        self._tell_stalled = tell_stalled
        self._loop = asyncio.get_running_loop()
        self._writable: asyncio.Future[None] | None = None

    async def send(self, descriptor: int, start: int, length: int) -> None:
        """Raises Gone, EOFError when the file ends before, and OSError when it cannot be read."""
        await self._flush()
        if self._transport.is_closing():
            raise Gone
        duplicate = os.dup(self._transport.get_extra_info("socket").fileno())
        try:
            end = start + length
            start += await self._at_once(duplicate, descriptor, start, min(AT_ONCE_BYTES, length))
            while start < end:
                start += await self._turn(duplicate, descriptor, start, min(_TURN_BYTES, end - start))
        finally:
            os.close(duplicate)

    async def _at_once(self, duplicate: int, descriptor: int, start: int, length: int) -> int:
        """Send it as far as the kernel has it in memory, and say how many bytes these were."""
        sent = 0
        while sent < length and is_in_memory(descriptor, start + sent, length - sent):
            try:
                sent += os.sendfile(duplicate, descriptor, start + sent, length - sent)
            except BlockingIOError:
                await self._until_writable(duplicate)
            except (ConnectionError, TimeoutError) as error:
                raise Gone from error
        return sent

    def end(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_exception(Gone)

    async def _flush(self) -> None:
        """Wait until uvloop has sent what it was given: it would come out of order."""
        await asyncio.sleep(0)  # the head of the answer goes out with the end of this turn of the loop
        if not self._transport.get_write_buffer_size():
            return
        self._transport.set_write_buffer_limits(high=0)
        try:
            await self._flow.drain()
        finally:
            self._transport.set_write_buffer_limits()

    async def _turn(self, duplicate: int, descriptor: int, start: int, length: int) -> int:
        """Send some bytes, as many as the socket takes and others let us, and say how many these were."""
        job = threads_of("pool").submit_admitted(copy_some, duplicate, descriptor, start, length)
        sending = asyncio.wrap_future(job)
        try:
            sent, is_full = await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait([sending])  # the thread still has both descriptors
            raise
        except (ConnectionError, TimeoutError) as error:
            raise Gone from error
        if self._transport.is_closing():  # since the thread began: `end` will not be called again
            raise Gone
        if is_full:
            await self._until_writable(duplicate)
        return sent

    async def _until_writable(self, duplicate: int) -> None:
        writable = self._writable = self._loop.create_future()
        self._loop.add_writer(duplicate, _set, writable)
        self._tell_stalled(True)
        try:
            await writable
        finally:
            self._writable = None
            self._loop.remove_writer(duplicate)
            self._tell_stalled(False)


def is_in_memory(descriptor: int, start: int, length: int) -> bool:
    """Whether the kernel has both ends of this part in memory, and so most likely what is between."""
    if _NOWAIT is None or not length:
        return False
    byte = [bytearray(1)]
    try:
        return all(os.preadv(descriptor, byte, at, _NOWAIT) for at in (start, start + length - 1))
    except OSError:  # it is not, or the file system cannot tell
        return False


def copy_some(duplicate: int, descriptor: int, start: int, length: int) -> tuple[int, bool]:
    """Send until the socket is full, or others wait for this thread: how many bytes, and whether it is full.

    Raises EOFError and OSError.
    """
    threads = threads_of("pool")
    sent = 0
    while sent < length:
        try:
            count = os.sendfile(duplicate, descriptor, start + sent, min(PIECE_BYTES, length - sent))
        except BlockingIOError:
            return sent, True
        if not count:
            raise EOFError("the file is shorter than it was")
        sent += count
        if threads.has_queue:
            break
    return sent, False


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def can_send(transport: Any) -> bool:
    """Whether the connection is one that the kernel can copy to: a plain socket of this machine's."""
    plain = transport.get_extra_info("socket")
    has_tls = transport.get_extra_info("ssl_object") is not None
    return hasattr(os, "sendfile") and plain is not None and not has_tls and plain.type == socket.SOCK_STREAM

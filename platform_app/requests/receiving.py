"""Reading a request's body on the event loop, no further than its route allows (contract/system.md 11)."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import IO, Any

from platform_app.requests.asgi import Receive, Scope
from platform_app.requests.body_size import declared_size

FindLimit = Callable[[Scope], Awaitable[int]]

# What one body may hold in memory, and what all those of this process may that come in several pieces. Others
# are on disk, at the price of a descriptor each: system_app.connections.bounds leaves room for these.
SMALL_BODY_BYTES = 64 * 1024
SPOOL_BYTES = 4 * 1024 * 1024
_MEMORY_BYTES = 64 * 1024 * 1024


class ClientGone(Exception):
    """The client hung up before its request was complete."""


class NoRoomForBody(Exception):
    """The temporary folder does not take the body, as when its disk is full; the cause says why."""


@dataclass(frozen=True)
class BodyLimits:
    """How much of a body to read, in bytes: `usual_bytes`, and what `find` says of a request past it.

    Only the routes in `smaller`, which are paths, may have less than the usual. `find` may take the database.
    """

    usual_bytes: int
    find: Callable[[Scope], int]
    smaller: frozenset[str] = frozenset()


class BodyMemory:
    """How much memory bodies may still take, all together; they end on any thread."""

    def __init__(self, size_bytes: int) -> None:
        self.left_bytes = size_bytes
        self._lock = Lock()

    def take(self, size_bytes: int) -> bool:
        """Whether there is so much; then it is taken."""
        with self._lock:
            if size_bytes > self.left_bytes:
                return False
            self.left_bytes -= size_bytes
            return True

    def give_back(self, size_bytes: int) -> None:
        with self._lock:
            self.left_bytes += size_bytes


# Of this process: what it can spare does not depend on who reads a body.
_memory = BodyMemory(_MEMORY_BYTES)


class ReceivedBody(SpooledTemporaryFile[bytes]):
    """A body that comes in pieces: in memory while it is small and there is room, then on disk."""

    def __init__(self, memory: BodyMemory) -> None:
        self._memory = memory
        self._taken_bytes = 0
        self.is_on_disk = False
        super().__init__(max_size=SPOOL_BYTES)

    def add(self, piece: bytes) -> None:
        """Raises NoRoomForBody; then it is closed."""
        try:
            if not self.is_on_disk:
                if self._memory.take(len(piece)):
                    self._taken_bytes += len(piece)
                else:
                    self.rollover()
            self.write(piece)
        except OSError as error:
            self.close()
            raise NoRoomForBody from error

    def rewind(self) -> None:
        """Be read from the beginning; what a buffer still holds is written before. Raises as `add` does."""
        try:
            self.seek(0)
        except OSError as error:
            self.close()
            raise NoRoomForBody from error

    def rollover(self) -> None:
        super().rollover()
        self.is_on_disk = True
        self._give_back()

    def close(self) -> None:
        with suppress(OSError):  # of what could not be written before, and is not wanted any more
            super().close()
        self._give_back()

    def __exit__(self, *error: Any) -> None:
        self.close()

    def _give_back(self) -> None:
        self._memory.give_back(self._taken_bytes)
        self._taken_bytes = 0


class _UnwatchedBody(ReceivedBody):
    """One that no server closes; it ends with the last who knows it."""

    def __del__(self) -> None:
        self.close()


def received(pieces: Iterable[bytes]) -> ReceivedBody:
    """A body that is read for us, as WSGI does. Raises NoRoomForBody."""
    body = _UnwatchedBody(_memory)
    for piece in pieces:
        body.add(piece)
    body.rewind()
    return body


class _BodySize:
    """Counts one body against its limit, which is asked for only when the body outgrows the usual one."""

    def __init__(self, scope: Scope, find_limit: FindLimit, usual_bytes: int) -> None:
        self.scope = scope
        self.find_limit = find_limit
        self.limit = usual_bytes
        self.is_known = False

    async def is_over(self, size_bytes: int) -> bool:
        if size_bytes > self.limit and not self.is_known:
            self.limit = await self.find_limit(self.scope)
            self.is_known = True
        return size_bytes > self.limit


async def read_body(
    scope: Scope, receive: Receive, find_limit: FindLimit, limits: BodyLimits, memory: BodyMemory = _memory
) -> tuple[IO[bytes], bool]:
    """The request's body, and whether it is over the limit (then the rest was left unread).

    `find_limit` asks `limits.find` where that may take its time.
    Raises ClientGone when the connection ends before the body does, and NoRoomForBody.
    """
    size = _BodySize(scope, find_limit, limits.usual_bytes)
    header = b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            header = value
            break
    declared = declared_size(header) if header else None
    if declared is not None:
        if declared > limits.usual_bytes and await size.is_over(declared):
            return SpooledTemporaryFile(), True
    elif scope["path"] in limits.smaller:
        size.limit = 0  # only counting can tell
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole = message.get("body", b"")
        if whole and await size.is_over(len(whole)):
            return SpooledTemporaryFile(), True
        return BytesIO(whole), False
    body = ReceivedBody(memory)  # the request closes it
    received = 0
    while True:
        if message["type"] == "http.disconnect":
            body.close()
            raise ClientGone
        chunk = message.get("body", b"")
        received += len(chunk)
        if await size.is_over(received):
            return body, True
        body.add(chunk)
        if not message.get("more_body"):
            body.rewind()
            if body.is_on_disk or received > SMALL_BODY_BYTES:
                return body, False
            with body:  # how many pieces the network made of it means nothing
                return BytesIO(body.read()), False
        message = await receive()

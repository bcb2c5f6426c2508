"""Reading a request's body on the event loop, no further than its route allows (contract/system.md 11)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO

from platform_app.requests.asgi import Receive, Scope

FindLimit = Callable[[Scope], Awaitable[int]]

_SPOOL_BYTES = 1024 * 1024


class ClientGone(Exception):
    """The client hung up before its request was complete."""


@dataclass(frozen=True)
class BodyLimits:
    """How much of a body to read, in bytes: `usual_bytes`, and what `find` says of a request past it.

    Only the routes in `smaller`, which are paths, may have less than the usual. `find` may take the database.
    """

    usual_bytes: int
    find: Callable[[Scope], int]
    smaller: frozenset[str] = frozenset()


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
    scope: Scope, receive: Receive, find_limit: FindLimit, limits: BodyLimits
) -> tuple[IO[bytes], bool]:
    """The request's body, and whether it is over the limit (then the rest was left unread).

    `find_limit` asks `limits.find` where that may take its time.
    Raises ClientGone when the connection ends before the body does.
    """
    size = _BodySize(scope, find_limit, limits.usual_bytes)
    declared = b""
    for name, value in scope["headers"]:
        if name == b"content-length":
            declared = value
            break
    if declared.isdigit():
        if int(declared) > limits.usual_bytes and await size.is_over(int(declared)):
            return SpooledTemporaryFile(), True
    elif scope["path"] in limits.smaller:
        size.limit = 0  # only counting can tell
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole = message.get("body", b"")
        if whole and await size.is_over(len(whole)):
            return SpooledTemporaryFile(), True
        return BytesIO(whole), False
    body = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - the request closes it
    received = 0
    while True:
        if message["type"] == "http.disconnect":
            body.close()
            raise ClientGone
        chunk = message.get("body", b"")
        received += len(chunk)
        if await size.is_over(received):
            return body, True
        body.write(chunk)
        if not message.get("more_body"):
            body.seek(0)
            return body, False
        message = await receive()

"""Reading a request's body on the event loop, no further than its route allows (contract/system.md 11)."""

from collections.abc import Awaitable, Callable, MutableMapping
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES
from system_app.limits.body_limits import BATCH_PATH

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
FindLimit = Callable[[Scope], Awaitable[int]]

_SPOOL_BYTES = 1024 * 1024


class ClientGone(Exception):
    """The client hung up before its request was complete."""


class _BodySize:
    """Counts one body against its limit, which is asked for only when the body outgrows the usual one."""

    def __init__(self, scope: Scope, find_limit: FindLimit) -> None:
        self.scope = scope
        self.find_limit = find_limit
        self.limit = DEFAULT_LIMIT_BYTES
        self.is_known = False

    async def is_over(self, size_bytes: int) -> bool:
        if size_bytes > self.limit and not self.is_known:
            self.limit = await self.find_limit(self.scope)
            self.is_known = True
        return size_bytes > self.limit


async def read_body(scope: Scope, receive: Receive, find_limit: FindLimit) -> tuple[IO[bytes], bool]:
    """The request's body, and whether it is over the limit (then the rest was left unread).

    Raises ClientGone when the connection ends before the body does.
    """
    size = _BodySize(scope, find_limit)
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    if declared.isdigit():
        if int(declared) > DEFAULT_LIMIT_BYTES and await size.is_over(int(declared)):
            return SpooledTemporaryFile(), True
    elif scope["path"] == BATCH_PATH:
        size.limit = 0  # batches may have less than the usual, and only counting can tell
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

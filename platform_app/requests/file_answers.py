"""FileAnswer: an answer whose body is parts of an open file.

A server that can copy them to the socket without Python is told which parts; others get them in chunks.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.http import StreamingHttpResponse

from platform_app.requests.asgi import Scope, Send

CHUNK_BYTES = 256 * 1024
# The extension of ASGI for this, which `system_app.connections` has.
ZERO_COPY = "http.response.zerocopysend"


@dataclass(frozen=True, slots=True)
class Span:
    """So many bytes of a file, from a place of it on."""

    start: int
    length: int


# What goes out, in order: parts of the file, and what stands between them.
Pieces = Sequence[Span | bytes]


class FileAnswer(StreamingHttpResponse):
    """Owns the file, and closes it when it is closed itself; the caller sets Content-Length."""

    def __init__(self, file: IO[Any], pieces: Pieces, *, status: int) -> None:
        super().__init__(chunks_of(file, pieces), status=status)
        self.file = file
        self.pieces = pieces
        self._resource_closers.append(file.close)  # type: ignore[attr-defined]

    def let_go(self) -> None:
        """Close the file, and what the request holds. Unlike `close`, this does not send `request_finished`:
        its receivers may take their time, and those answers that do not stream never do either.
        """
        while self._resource_closers:  # type: ignore[attr-defined]
            self._resource_closers.pop(0)()  # type: ignore[attr-defined]

    def can_be_copied(self, scope: Scope) -> bool:
        """Whether the server can copy, and the file is on a disk of this machine.

        Not where a hook's Content-Encoding leaves the length open: chunks need heads of their own.
        """
        if ZERO_COPY not in (scope.get("extensions") or ()) or "Content-Length" not in self.headers:
            return False
        try:
            return self.file.fileno() >= 0
        except (AttributeError, io.UnsupportedOperation):
            return False


async def copy_out(answer: FileAnswer, send: Send) -> None:
    """Have the server copy the body to the client, and let go of the file."""
    try:
        for piece in answer.pieces:
            if isinstance(piece, bytes):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            else:
                part = {"file": answer.file, "offset": piece.start, "count": piece.length}
                await send({"type": ZERO_COPY, **part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        answer.let_go()


def chunks_of(file: IO[Any], pieces: Pieces) -> Iterator[bytes]:
    """The pieces as bytes, with no more of the file in memory than a chunk."""
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        file.seek(piece.start)
        left = piece.length
        while left > 0 and (chunk := file.read(min(left, CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk

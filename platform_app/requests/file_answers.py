"""FileAnswer: an answer whose body is parts of an open file.

A server that can copy them to the socket without Python is told which parts; others get them in chunks.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.http import StreamingHttpResponse

CHUNK_BYTES = 256 * 1024


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
        super().__init__(_chunks(file, pieces), status=status)
        self.pieces = pieces
        self._file = file
        self._resource_closers.append(file.close)  # type: ignore[attr-defined]

    def descriptor(self) -> int | None:
        """That of the file on a disk of this machine; None for one that comes from elsewhere."""
        try:
            return self._file.fileno()
        except (AttributeError, io.UnsupportedOperation):
            return None


def _chunks(file: IO[Any], pieces: Pieces) -> Iterator[bytes]:
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        file.seek(piece.start)
        left = piece.length
        while left > 0 and (chunk := file.read(min(left, CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk

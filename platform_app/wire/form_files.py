"""FormFile: a file of a form, read where the request's body has it."""

import io
from threading import Lock
from typing import IO, Any, NamedTuple

from django.core.files.uploadedfile import UploadedFile


class Place(NamedTuple):
    """Where a content is: so many bytes of a file, which all who read of it lock meanwhile."""

    file: Any
    lock: Lock
    start: int
    size_bytes: int


class FormFile(UploadedFile):  # type: ignore[type-arg]  # it is generic in the stubs alone
    """Django's uploaded file without a copy of its own: it can be read as long as the request lasts.

    `original_name` is what the client called it; Django accepts less as `name`.
    """

    def __init__(self, place: Place, original_name: str, content_type: str) -> None:
        self._place = place
        self.original_name = original_name
        name = "upload" if original_name in {"", ".", "..", "/"} else original_name
        super().__init__(self.reader(), name, content_type, place.size_bytes)

    def reader(self) -> IO[bytes]:
        """A new reader, at the beginning of the content."""
        return io.BufferedReader(_Part(self._place))


class _Part(io.RawIOBase):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._place.size_bytes}[whence]
        if start + offset < 0:
            raise ValueError(f"negative seek position {start + offset}")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        file, lock, start, size_bytes = self._place
        room = memoryview(buffer).cast("B")[: max(0, size_bytes - self._at)]
        with lock:
            file.seek(start + self._at)
            count: int = file.readinto(room)
        self._at += count
        return count

"""FormFile: a file of a form, read where the request's body has it."""

import io
from threading import Lock
from typing import IO, Any, NamedTuple

from django.core.files.uploadedfile import UploadedFile

from platform_app.wire.sized_reader import SizedReader


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


class _Part(SizedReader):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self.size_bytes = place.size_bytes

    def readinto(self, buffer: Any, /) -> int:
        room = memoryview(buffer).cast("B")[: max(0, self.size_bytes - self.at)]
        file, lock, start, _ = self._place
        with lock:
            file.seek(start + self.at)
            count: int = file.readinto(room)
        self.at += count
        return count

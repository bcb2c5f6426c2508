"""ObjectReader: the content of an object of S3, read as it comes, from any place of it."""

import io
from typing import Any

from botocore.exceptions import BotoCoreError

from files_app.s3_errors import S3Unreachable, as_os_error, require
from platform_app.requests.file_answers import Span

# How often one reader asks for the rest of an object when a connection breaks.
_MOST_RESUMPTIONS = 2


class ObjectReader(io.RawIOBase):
    """Holds one connection while it reads, and as much of the content as a reader asks for at once.

    A read ends within the time that `s3_transport` gives it, with all it was asked for or OSError.
    """

    def __init__(self, client: Any, bucket: str, key: str, path: str, part: Span | None = None) -> None:
        """Begins with `part`, and asks for no more at first. Raises FileNotFoundError, and OSError."""
        super().__init__()
        self._client = client
        self._object = {"Bucket": bucket, "Key": key}
        self._path = path
        self._part = range(part.start, part.start + part.length) if part else range(0)
        self._at = self._part.start
        self._resumptions = 0
        self._version: str | None = None
        self._body: Any = None
        answer = self._open()
        try:
            self.size_bytes = self._size_in(answer)
        except S3Unreachable:
            self.close()
            raise
        self._version = answer.get("ETag")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size_bytes}[whence]
        at = start + offset
        if at < 0:
            raise ValueError(f"negative seek position {at}")
        if at != self._at:
            self._drop()
            self._at = at
        return at

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        # To its end, so that whoever reads the part alone causes no second request.
        ends_at = self._part.stop if self._at in self._part else self.size_bytes
        wanted = min(len(view), ends_at - self._at)
        filled = 0
        while filled < wanted:
            chunk = self._read(wanted - filled)
            view[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
        if self._at == ends_at:
            self._drop()
        return filled

    def close(self) -> None:
        self._drop()
        super().close()

    def _read(self, size: int) -> bytes:
        """Some bytes from the place where we are. Raises OSError when they will not come."""
        while True:
            if self._body is None:
                self._open()
            try:
                chunk: bytes = self._body.read(size)
            except BotoCoreError as error:
                self._resume(error)
                continue
            if chunk:
                self._at += len(chunk)
                return chunk
            self._resume(S3Unreachable(self._path, "the object ended too early"))

    def _open(self) -> dict[str, Any]:
        """Ask for the content from the place where we are, to the end of the part or of the object."""
        wanted = {}
        if self._at in self._part:
            wanted["Range"] = f"bytes={self._at}-{self._part.stop - 1}"
        elif self._at:
            wanted["Range"] = f"bytes={self._at}-"
        if self._version:
            wanted["IfMatch"] = self._version
        answer = self._ask(wanted)
        if "Range" in wanted and not answer.get("ContentRange", "").startswith(f"bytes {self._at}-"):
            answer["Body"].close()
            raise S3Unreachable(self._path, "the server does not know ranges")
        self._body = answer["Body"]
        return answer

    def _size_in(self, answer: dict[str, Any]) -> int:
        if "ContentRange" not in answer:
            length: int = require(answer, "ContentLength", self._path)
            return length
        total = answer["ContentRange"].rpartition("/")[2]
        if not total.isascii() or not total.isdigit():
            raise S3Unreachable(self._path, "an answer that makes no sense: it tells no size")
        return int(total)

    def _resume(self, error: Exception) -> None:
        self._drop()
        self._resumptions += 1
        if self._resumptions > _MOST_RESUMPTIONS:
            raise as_os_error(error, self._path) from error

    def _ask(self, wanted: dict[str, str]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self._client.get_object(**self._object, **wanted)
        except Exception as error:
            raise as_os_error(error, self._path) from error
        return answer

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

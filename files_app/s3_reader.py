"""ObjectReader and ObjectContent: an object of S3, read as it comes, from any place of it."""

import io
import re
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError

from files_app.s3_errors import NoSuchPart, S3Refused, S3Unreachable, as_os_error, require
from platform_app.wire.sized_reader import SizedReader

# How often one reader asks for the rest of an object when a connection breaks.
_MOST_RESUMPTIONS = 2
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})")


class ObjectReader(SizedReader):
    """Holds one connection while it reads, and as much of the content as a reader asks for at once.

    A read ends within the time that `s3_transport` gives it, with all it was asked for or OSError.
    """

    def __init__(self, client: Any, bucket: str, key: str, path: str, wanted: str = "") -> None:
        """Begins with the part that is `wanted`, a Range header, and asks for no more at first.

        Raises FileNotFoundError, NoSuchPart, and OSError.
        """
        super().__init__()
        self._client = client
        self._object = {"Bucket": bucket, "Key": key}
        self._path = path
        self._part = range(0)
        self._resumptions = 0
        self._version: str | None = None
        self._body: Any = None
        # What the server says of the object, by the names of botocore; of its size see `size_bytes`.
        try:
            self.answer = self._ask({"Range": wanted} if wanted else {})
        except S3Refused as refusal:
            if refusal.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise NoSuchPart(path, str(refusal)) from refusal
            raise
        self._body = self.answer["Body"]
        try:
            self.size_bytes = self._size(is_part=bool(wanted))
        except S3Unreachable:
            self.close()
            raise
        self._version = self.answer.get("ETag")

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        before = self.at
        at = super().seek(offset, whence)
        if at != before:
            self._drop()
        return at

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        # To its end, so that whoever reads the part alone causes no second request.
        ends_at = self._part.stop if self.at in self._part else self.size_bytes
        wanted = min(len(view), ends_at - self.at)
        filled = 0
        while filled < wanted:
            chunk = self._read(wanted - filled)
            view[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
        if self.at == ends_at:
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
                self.at += len(chunk)
                return chunk
            self._resume(S3Unreachable(self._path, "the object ended too early"))

    def _open(self) -> None:
        """Ask for the content from the place where we are, to the end of the part or of the object."""
        wanted = {}
        if self.at in self._part:
            wanted["Range"] = f"bytes={self.at}-{self._part.stop - 1}"
        elif self.at:
            wanted["Range"] = f"bytes={self.at}-"
        if self._version:
            wanted["IfMatch"] = self._version
        answer = self._ask(wanted)
        if "Range" in wanted and not answer.get("ContentRange", "").startswith(f"bytes {self.at}-"):
            answer["Body"].close()
            raise S3Unreachable(self._path, "the server does not know ranges")
        self._body = answer["Body"]

    def _size(self, *, is_part: bool) -> int:
        """That of the object. Where the answer `is_part` of it, this reader begins there."""
        if not is_part:
            length: int = require(self.answer, "ContentLength", self._path)
            return length
        if "ContentRange" not in self.answer:
            raise NoSuchPart(self._path, "the server does not know ranges")
        # MinIO has "bytes 0--1/0" for a part of nothing.
        part = _CONTENT_RANGE.fullmatch(self.answer["ContentRange"])
        if part is None:
            raise NoSuchPart(self._path, "an answer that makes no sense: it tells no part and size")
        start, end, size = map(int, part.groups())
        self._part = range(start, end + 1)
        self.at = start
        return size

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


class ObjectContent(io.BufferedReader):
    """What an ObjectReader reads, in pieces. Django's File asks for the size, which takes no request so."""

    raw: ObjectReader

    @property
    def size(self) -> int:
        return self.raw.size_bytes

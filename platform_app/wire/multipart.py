"""Reads `multipart/form-data`: text values in memory, files into Django's upload objects.

Django's own parser drops parts with an empty file name and takes a body that was cut off for a complete
one; the contract keeps the first as text and refuses the second.
Reference: contract/records.md 1.5 and 6.1; mime/multipart of Go 1.25.
"""

import quopri
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Protocol

from django.core.files.uploadedfile import InMemoryUploadedFile, TemporaryUploadedFile, UploadedFile

from platform_app.wire.form_values import media_type

MAX_PARTS = 1000
MAX_HEADER_BYTES = 64 * 1024
MAX_VALUE_BYTES = 10 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_IN_MEMORY_BYTES = 1024 * 1024
_AFTER_BOUNDARY = frozenset({b" ", b"\t", b"\r", b"\n", b"-"})


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class MalformedForm(ValueError):
    """A body that is not the form which its content type announces."""


@dataclass
class Form:
    """The parts of a form in order of their arrival, text and files apart."""

    values: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list["UploadedFile[Any]"]] = field(default_factory=dict)

    def add_file(self, name: str, file: "UploadedFile[Any]") -> None:
        self.files.setdefault(name, []).append(file)


def read_multipart(stream: Readable, boundary: str) -> Form:
    """All parts up to the closing boundary; what follows it is ignored.

    Raises MalformedForm for a body without that boundary or one that was cut off.
    """
    source = _Source(stream, boundary)
    for _ in source.content():  # what stands before the first boundary means nothing
        pass
    form = Form()
    value_bytes = 0
    for _ in range(MAX_PARTS):
        if not source.at_next_part():
            return form
        headers = source.headers()
        if headers is None:
            return form
        name, filename = _names(headers)
        quoted = headers.get("content-transfer-encoding", "").lower() == "quoted-printable"
        if name and filename:
            form.add_file(name, _read_file(source, filename, headers, quoted=quoted))
            continue
        content = BytesIO()
        for chunk in source.content():
            value_bytes += len(chunk)
            if value_bytes > MAX_VALUE_BYTES:
                raise MalformedForm("too much text in one form")
            content.write(chunk)
        if name:
            raw = content.getvalue()
            text = (quopri.decodestring(raw) if quoted else raw).decode("utf-8", errors="replace")
            form.values.setdefault(name, []).append(text)
    if source.at_next_part():
        raise MalformedForm("too many parts")
    return form


def _names(headers: dict[str, str]) -> tuple[str, str]:
    """The part's form name and file name, each "" when absent; a file name loses its folders."""
    disposition = media_type(headers.get("content-disposition", ""))
    if disposition is None or disposition[0] != "form-data":
        return "", ""
    parameters = disposition[1]
    return parameters.get("name", ""), _last_element(parameters.get("filename", ""))


def _last_element(path: str) -> str:
    """What follows the last folder, slashes at the end aside; a path of slashes alone is "/"."""
    return path.rstrip("/").rsplit("/", 1)[-1] or path[:1]


def _read_file(
    source: "_Source", filename: str, headers: dict[str, str], *, quoted: bool
) -> "UploadedFile[Any]":
    content_type = headers.get("content-type", "")
    memory = BytesIO()
    spilled: TemporaryUploadedFile | None = None
    size = 0
    for chunk in source.content():
        size += len(chunk)
        if spilled is None and size > _IN_MEMORY_BYTES:
            spilled = TemporaryUploadedFile(_shown(filename), content_type, 0, None)
            spilled.write(memory.getvalue())
        (spilled or memory).write(chunk)
    if spilled is not None:
        spilled.size = size
        spilled.seek(0)
        spilled.original_name = filename  # type: ignore[attr-defined]
        return spilled
    if quoted:
        memory = BytesIO(quopri.decodestring(memory.getvalue()))
        size = len(memory.getvalue())
    memory.seek(0)
    file = InMemoryUploadedFile(memory, None, _shown(filename), content_type, size, None)
    file.original_name = filename  # type: ignore[attr-defined]
    return file


def _shown(filename: str) -> str:
    """A name that Django accepts; the field makes its own from `original_name`, whatever that is."""
    return "upload" if filename in {"", ".", ".."} else filename


class _Source:
    """A buffered view of the body that knows where the boundaries are."""

    def __init__(self, stream: Readable, boundary: str) -> None:
        self.stream = stream
        self.delimiter = b"\r\n--" + boundary.encode("latin-1", errors="replace")
        # The first boundary may open the body, so the body is read as if a line break preceded it.
        self.buffer = b"\r\n"

    def content(self) -> Iterator[bytes]:
        """The bytes up to the next boundary, which is consumed."""
        while len(self.buffer) < len(self.delimiter) and self._read():
            pass
        if self.buffer.startswith(self.delimiter[2:]):
            # An empty part whose line break was spent on ending its headers.
            self.buffer = b"\r\n" + self.buffer
        while True:
            end = self.buffer.find(self.delimiter)
            # Two bytes after the delimiter tell a boundary from content that only begins like one.
            while end >= 0 and len(self.buffer) < end + len(self.delimiter) + 2 and self._read():
                pass
            if end >= 0:
                after = end + len(self.delimiter)
                is_boundary = self.buffer[after : after + 1] in _AFTER_BOUNDARY
                cut = end if is_boundary else after
                if cut:
                    yield self.buffer[:cut]
                self.buffer = self.buffer[after:]
                if is_boundary:
                    return
                continue
            kept = len(self.delimiter) - 1
            if len(self.buffer) > kept:
                yield self.buffer[:-kept]
                self.buffer = self.buffer[-kept:]
            if not self._read():
                raise MalformedForm("the form ends too early")

    def at_next_part(self) -> bool:
        """After a boundary: whether a part follows; False at the closing one."""
        while len(self.buffer) < 2 and self._read():
            pass
        if self.buffer.startswith(b"--"):
            return False
        if self._line().strip(b" \t"):
            raise MalformedForm("unexpected text after a boundary")
        return True

    def headers(self) -> dict[str, str] | None:
        """The header block of a part by lower-cased name, up to and including its blank line.

        None when the body ends before that line: Go takes such a part for the end of the form.
        """
        headers: dict[str, str] = {}
        size = 0
        while self.buffer or self._read():
            line = self._line()
            if not line:
                return headers
            size += len(line)
            if size > MAX_HEADER_BYTES:
                raise MalformedForm("part headers are too long")
            name, colon, value = line.decode("utf-8", errors="replace").partition(":")
            if not colon:
                raise MalformedForm("malformed part header")
            headers.setdefault(name.lower(), value.strip(" \t"))
        return None

    def _line(self) -> bytes:
        while (end := self.buffer.find(b"\r\n")) < 0:
            if len(self.buffer) > MAX_HEADER_BYTES or not self._read():
                raise MalformedForm("the form ends too early")
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        return line

    def _read(self) -> bool:
        chunk = self.stream.read(_CHUNK_BYTES)
        self.buffer += chunk
        return bool(chunk)

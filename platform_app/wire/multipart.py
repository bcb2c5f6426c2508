"""Reads `multipart/form-data`: text values into memory; files stay where the body has them.

Django's own parser drops parts with an empty file name and takes a body that was cut off for a complete
one; the contract keeps the first as text and refuses the second. Whatever the body, each of its bytes is
looked at a few times, and what Python does for a boundary, a header or a part is bounded by the limits below.
Reference: contract/records.md 1.5 and 6.1; mime/multipart and net/textproto of Go 1.26.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from threading import Lock
from typing import IO

from platform_app.wire.form_files import FormFile, Place
from platform_app.wire.form_values import LONGEST_MEDIA_TYPE, media_type
from platform_app.wire.quoted_printable import MalformedQuoting, decode_quoted_printable

MAX_PARTS = 1000
# Lines of all parts together, folded ones too. Go counts those of files so, and those of each value anew.
MAX_HEADERS = 10_000
MAX_HEADER_BYTES = 10 * 1024 * 1024
# A boundary's line, and each line before the first boundary: as much as Go's reader has in its buffer.
MAX_LINE_BYTES = 4096
_CHUNK_BYTES = 256 * 1024
# What the reference lets a form take in memory: so much for files, and that and ten MiB for everything.
_FILE_MEMORY_BYTES = 16 * 1024 * 1024
_MEMORY_BYTES = _FILE_MEMORY_BYTES + 10 * 1024 * 1024
_ENTRY_BYTES = 200
_FILE_BYTES = 100
_HEADERS_BYTES = 400

_HEADER_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z ]+")
_CONTROLS = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_BLANKS = b" \t"
_AFTER_BOUNDARY = rb"(?:[ \t\r\n]|--)"
_ONE_BEHIND = frozenset({b" ", b"\t", b"\r", b"\n"})


class MalformedForm(ValueError):
    """A body that is not the form which its content type announces, or larger than a form may be."""


@dataclass
class Form:
    """The parts of a form in order of their arrival, text and files apart."""

    values: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, list[FormFile]] = field(default_factory=dict)


def read_multipart(body: IO[bytes], boundary: str) -> Form:
    """All parts up to the closing boundary; what follows it is ignored.

    The body can be read from any place, and has to stay as long as its files are wanted.
    Raises MalformedForm for a body without that boundary, one that was cut off and one over the limits.
    """
    form = Form()
    _read_parts(_Source(body, boundary), form)
    return form


def _read_parts(source: "_Source", form: Form) -> None:
    memory = _Memory()
    parts = 0
    while source.at_next_part() and (headers := source.headers()) is not None:
        parts += 1
        if parts > MAX_PARTS:
            raise MalformedForm("too many parts")
        name, filename = _names(headers)
        if not name:
            source.skip_content()
            continue
        memory.take(len(name.encode()) + _ENTRY_BYTES)
        quoted = headers.get("content-transfer-encoding", "").lower() == "quoted-printable"
        if filename:
            memory.take(
                _HEADERS_BYTES + _ENTRY_BYTES + _FILE_BYTES + sum(map(_size_of_header, headers.items()))
            )
            file = _read_file(source, filename, headers, quoted=quoted)
            form.files.setdefault(name, []).append(file)
            memory.take_file(file.size or 0)
        else:
            raw = BytesIO()
            for chunk in source.content():
                memory.take(len(chunk))
                raw.write(chunk)
            text = _decoded(raw.getvalue(), quoted=quoted).decode("utf-8", errors="replace")
            form.values.setdefault(name, []).append(text)


class _Memory:
    """What a form may still take, counted as Go counts it."""

    def __init__(self) -> None:
        self.left = _MEMORY_BYTES
        self.left_for_files = _FILE_MEMORY_BYTES

    def take(self, size_bytes: int) -> None:
        self.left -= size_bytes
        if self.left < 0:
            raise MalformedForm("too much in one form")

    def take_file(self, size_bytes: int) -> None:
        # One that does not fit lies on Go's disk, and costs nothing.
        if size_bytes <= self.left_for_files:
            self.left_for_files -= size_bytes
            self.left -= size_bytes


def _size_of_header(header: tuple[str, str]) -> int:
    return len(header[0]) + len(header[1].encode()) + _ENTRY_BYTES


def _decoded(raw: bytes, *, quoted: bool) -> bytes:
    if not quoted:
        return raw
    try:
        return decode_quoted_printable(raw)
    except MalformedQuoting as error:
        raise MalformedForm(str(error)) from error


def _names(headers: dict[str, str]) -> tuple[str, str]:
    """The part's form name and file name, each "" when absent; a file name loses its folders."""
    header = headers.get("content-disposition", "")
    if len(header) > LONGEST_MEDIA_TYPE:
        raise MalformedForm("a name is too long")
    disposition = media_type(header)
    if disposition is None or disposition[0] != "form-data":
        return "", ""
    parameters = disposition[1]
    return parameters.get("name", ""), _last_element(parameters.get("filename", ""))


def _last_element(path: str) -> str:
    """What follows the last folder, slashes at the end aside; a path of slashes alone is "/"."""
    return path.rstrip("/").rsplit("/", 1)[-1] or path[:1]


def _read_file(source: "_Source", filename: str, headers: dict[str, str], *, quoted: bool) -> FormFile:
    kind = headers.get("content-type", "")
    if quoted:
        content = _decoded(b"".join(source.content()), quoted=True)
        return FormFile(Place(BytesIO(content), Lock(), 0, len(content)), filename, kind)
    return FormFile(Place(source.body, source.lock, *source.skip_content()), filename, kind)


class _Source:
    """The body, read by chunks: `buffer` from `at` on is what was read and not yet used."""

    def __init__(self, body: IO[bytes], boundary: str) -> None:
        self.body = body
        self.lock = Lock()
        self.dashes = b"--" + boundary.encode("latin-1", errors="replace")
        if len(self.dashes) >= MAX_LINE_BYTES:
            raise MalformedForm("the boundary is too long")
        self.newline = b"\r\n"
        # The first boundary may open the body, so the body is read as if a line ended before it.
        self.buffer = b"\n"
        self.at = 0
        self.buffer_start = -1  # where in the body the buffer begins
        self.headers_left = MAX_HEADERS
        self.header_bytes_left = MAX_HEADER_BYTES
        self.is_started = False

    # --- boundaries ---

    def at_next_part(self) -> bool:
        """Read a boundary's line: whether a part follows; False after the closing one."""
        if not self.is_started:
            self.is_started = True
            return self._find_first_boundary()
        line = self._line(MAX_LINE_BYTES)
        if line == self.newline:  # the one that set the content apart
            line = self._line(MAX_LINE_BYTES)
        if line is None or not line.startswith(self.dashes):
            raise MalformedForm("expected a boundary")
        rest = line[len(self.dashes) :]
        if rest.lstrip(_BLANKS) == self.newline:
            return True
        if rest.startswith(b"--") and rest[2:].lstrip(_BLANKS) in (b"", self.newline):
            return False
        raise MalformedForm("unexpected text after a boundary")

    def _find_first_boundary(self) -> bool:
        """As `at_next_part`, past all lines before it; its end says which line ends the form has."""
        line = b"\n" + self.dashes + b"\r\n"
        if self._read() and self.buffer.startswith(line):  # as nearly all bodies begin
            self.at = len(line)
            return True
        dashes = re.escape(self.dashes)
        mark = re.compile(rb"\n%b(?:[ \t]*(\r?\n)|--[ \t]*\r\n)" % dashes)
        while (found := mark.search(self.buffer, self.at)) is None:
            self._skip_lines(len(self.buffer))
            if not self._read():
                if re.fullmatch(rb"\n%b--[ \t]*" % dashes, self.buffer[self.at :]):
                    return False
                raise MalformedForm("no boundary")
        self._skip_lines(found.start())
        self.at = found.end()
        if found[1]:
            self.newline = found[1]
        return bool(found[1])

    def _skip_lines(self, end: int) -> None:
        """Go from one line's end to the last one before `end`, many lines at a step."""
        while self.at < end:
            newline = self.buffer.rfind(b"\n", self.at + 1, min(self.at + MAX_LINE_BYTES, end) + 1)
            if newline < 0:
                break
            self.at = newline
        if end - self.at > MAX_LINE_BYTES:
            raise MalformedForm("a line before the first boundary is too long")

    # --- content ---

    def content(self) -> Iterator[bytes]:
        """The bytes up to the next boundary, which stays where it is."""
        for end in self._content_ends():
            yield self.buffer[self.at : end]

    def skip_content(self) -> tuple[int, int]:
        """Go on to the next boundary; where in the body the content begins, and how many bytes it has."""
        start = self.buffer_start + self.at
        for _ in self._content_ends():
            pass
        return start, self.buffer_start + self.at - start

    def _content_ends(self) -> Iterator[int]:
        """Ends of pieces of the content, each of which begins `at` the end of the one before."""
        delimiter = self.newline + self.dashes
        kept = len(delimiter) + 1  # what is left of a boundary that is cut in two
        while len(self.buffer) - self.at < kept and self._read():
            pass
        if self.buffer.startswith(self.dashes, self.at) and self._closes(self.at + len(self.dashes)):
            return  # an empty part whose line break was spent on ending its headers
        while True:
            start = self.buffer.find(delimiter, self.at)
            if start >= 0 and not self._closes(start + len(delimiter)):
                # One that only begins like a boundary; there may be many, so no Python for each.
                found = re.compile(re.escape(delimiter) + _AFTER_BOUNDARY).search(self.buffer, start)
                start = found.start() if found else -1
            end = start if start >= 0 else max(self.at, len(self.buffer) - kept)
            if end > self.at:
                yield end
                self.at = end
            if start >= 0:
                return
            if not self._read():
                raise MalformedForm("the form ends too early")

    def _closes(self, after: int) -> bool:
        """Whether what stands behind dashes makes them a boundary."""
        return self.buffer[after : after + 1] in _ONE_BEHIND or self.buffer.startswith(b"--", after)

    # --- headers ---

    def headers(self) -> dict[str, str] | None:
        """The header block of a part by lower-cased name, up to and including its blank line.

        Of a name that comes twice the first value counts. None when the body ends before the blank line: Go
        takes such a part for the end of the form.
        """
        headers: dict[str, str] = {}
        line = self._header_line()
        if line and line.startswith((b" ", b"\t")):
            raise MalformedForm("malformed part header")
        while line:
            if b":" not in line:
                raise MalformedForm("malformed part header")
            pieces = [line.strip(_BLANKS)]
            # A line that begins with a blank goes on with the one before.
            while (line := self._header_line()) and line.startswith((b" ", b"\t")):
                pieces.append(line.strip(_BLANKS))
            name, _, value = b" ".join(pieces).partition(b":")
            if not _HEADER_NAME.fullmatch(name) or _CONTROLS.search(value):
                raise MalformedForm("malformed part header")
            headers.setdefault(name.decode().lower(), value.lstrip(_BLANKS).decode("utf-8", errors="replace"))
        return None if line is None else headers

    def _header_line(self) -> bytes | None:
        """The next line without its end; None at the end of the body."""
        line = self._line(self.header_bytes_left)
        if line is not None and line.endswith(b"\n"):
            line = line[: -2 if line.endswith(b"\r\n") else -1]
        if line:
            self.headers_left -= 1
            self.header_bytes_left -= len(line)
            if self.headers_left < 0:
                raise MalformedForm("too many part headers")
        return line

    # --- reading ---

    def _line(self, limit_bytes: int) -> bytes | None:
        """The next line with its end, which the body's last one may lack; None when nothing is left."""
        pieces: list[bytes] = []
        size = 0
        while True:
            end = self.buffer.find(b"\n", self.at) + 1
            piece = self.buffer[self.at : end or len(self.buffer)]
            pieces.append(piece)
            size += len(piece)
            self.at += len(piece)
            if size > limit_bytes:
                raise MalformedForm("a line is too long")
            if end or not self._read():
                return b"".join(pieces) or None

    def _read(self) -> bool:
        """Put one more chunk behind what is not used yet; False at the end of the body."""
        chunk = self.body.read(_CHUNK_BYTES)
        self.buffer = self.buffer[self.at :] + chunk
        self.buffer_start += self.at
        self.at = 0
        return bool(chunk)

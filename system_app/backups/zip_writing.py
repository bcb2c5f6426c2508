"""ZipWriter: a zip archive written as a stream, in memory that does not grow with the number of its files.

Python's own `zipfile` keeps half a kilobyte of every entry until the end. Here the list of entries, which a
zip has at its end, waits in a temporary file. Files of any size and any number fit: large ones and long lists
are written as zip64. Every entry says when its file was modified, in UTC, as Go's archive/zip writes it.
Reference: APPNOTE.TXT 6.3.10 of PKWARE; tools/archive/create.go, PocketBase v0.39.11.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Protocol

CHUNK_BYTES = 256 * 1024
# The fastest: what takes most room are pictures and the like, which get no smaller.
_LEVEL = 1
_STORED, _DEFLATED = 0, 8
# By the beginning of a file one knows whether it gets smaller; if not, it goes in as it is.
_SAMPLE_BYTES = 32 * 1024
_WORTH_IT = 0.97
# The sizes follow the content; names are UTF-8.
_FLAGS = 0x0808
_MADE_ON_UNIX = 3 << 8
_VERSION, _VERSION_ZIP64 = 20, 45
_MODE = 0o100600 << 16
_LARGE = 0xFFFFFFFF
_MANY = 0xFFFF
# Compressed, a file may be larger than it is: by less than this.
_ZIP64_FROM_BYTES = 0xF0000000

_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = struct.Struct("<4s3L")
_DESCRIPTOR_ZIP64 = struct.Struct("<4sL2Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_ZIP64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_ZIP64 = struct.Struct("<4sLQL")
_MODIFIED = struct.Struct("<2HBL")
_MODIFIED_ID = 0x5455
_ZIP64_ID = 0x0001


class Writable(Protocol):
    def write(self, content: bytes, /) -> object: ...


class ZipWriter:
    """Writes to `target`, which is the caller's to close; `folder` is where the list of entries waits."""

    def __init__(self, target: Writable, folder: Path) -> None:
        self._target = target
        self._entries = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._at = 0
        self.count = 0

    def add(
        self,
        name: str,
        source: IO[bytes],
        *,
        size_bytes: int,
        modified: datetime,
        progress: Callable[[int], object],
    ) -> None:
        """Write one file: `size_bytes` of `source`, or less if it ends before.

        `progress` is told how many bytes were read, a chunk after the other.
        """
        is_large = size_bytes >= _ZIP64_FROM_BYTES
        encoded = name.encode("utf-8", "surrogateescape")
        begins_at = self._at
        seconds = max(0, min(int(modified.timestamp()), 0x7FFFFFFF))
        extra = _MODIFIED.pack(_MODIFIED_ID, 5, 1, seconds)
        zip64 = struct.pack("<2H2Q", _ZIP64_ID, 16, 0, 0) if is_large else b""
        version = _VERSION_ZIP64 if is_large else _VERSION
        unknown = _LARGE if is_large else 0
        date, time = _dos_moment(datetime.fromtimestamp(seconds, UTC))
        chunk = source.read(min(CHUNK_BYTES, size_bytes))
        method = _method_for(chunk[:_SAMPLE_BYTES])
        self._write(
            _LOCAL.pack(
                *(b"PK\3\4", version, _FLAGS, method, time, date),
                *(0, unknown, unknown, len(encoded), len(extra) + len(zip64)),
            )
            + encoded
            + extra
            + zip64
        )
        crc, size = 0, 0
        content_at = self._at
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        while chunk:
            crc = zlib.crc32(chunk, crc)
            size += len(chunk)
            self._write(chunk if method == _STORED else deflate.compress(chunk))
            progress(len(chunk))
            chunk = source.read(min(CHUNK_BYTES, size_bytes - size))
        if method == _DEFLATED:
            self._write(deflate.flush())
        compressed = self._at - content_at
        descriptor = _DESCRIPTOR_ZIP64 if is_large else _DESCRIPTOR
        self._write(descriptor.pack(b"PK\7\10", crc, compressed, size))

        # What does not fit into 32 bits stands in the extra field, in this order.
        wide = [number for number in (size, compressed) if is_large]
        if begins_at >= _LARGE:
            wide.append(begins_at)
        if wide:
            version = _VERSION_ZIP64
            extra += struct.pack(f"<2H{len(wide)}Q", _ZIP64_ID, 8 * len(wide), *wide)
        self._entries.write(
            _CENTRAL.pack(
                *(b"PK\1\2", version | _MADE_ON_UNIX, version, _FLAGS, method, time, date, crc),
                *((_LARGE, _LARGE) if is_large else (compressed, size)),
                *(len(encoded), len(extra), 0, 0, 0, _MODE, min(begins_at, _LARGE)),
            )
            + encoded
            + extra
        )
        self.count += 1

    def names(self) -> Iterator[str]:
        """What has been written so far, read from the disk: `add` nothing meanwhile."""
        self._entries.seek(0)
        while head := self._entries.read(_CENTRAL.size):
            name_bytes, extra_bytes = _CENTRAL.unpack(head)[10:12]
            yield self._entries.read(name_bytes).decode("utf-8", "surrogateescape")
            self._entries.seek(extra_bytes, 1)

    def close(self) -> None:
        """Write the list of entries; without this there is no archive."""
        list_at = self._at
        self._entries.seek(0)
        while chunk := self._entries.read(CHUNK_BYTES):
            self._write(chunk)
        list_bytes = self._at - list_at
        if self.count >= _MANY or list_bytes >= _LARGE or list_at >= _LARGE:
            end_at = self._at
            versions = (_VERSION_ZIP64 | _MADE_ON_UNIX, _VERSION_ZIP64)
            rest = _END_ZIP64.size - 12
            self._write(
                _END_ZIP64.pack(
                    *(b"PK\6\6", rest, *versions, 0, 0, self.count, self.count, list_bytes, list_at)
                )
            )
            self._write(_LOCATOR_ZIP64.pack(b"PK\6\7", 0, end_at, 1))
        count = min(self.count, _MANY)
        self._write(
            _END.pack(b"PK\5\6", 0, 0, count, count, min(list_bytes, _LARGE), min(list_at, _LARGE), 0)
        )
        self.discard()

    def discard(self) -> None:
        """Let the list of entries go; what was written is no archive then."""
        self._entries.close()

    def _write(self, content: bytes) -> None:
        self._target.write(content)
        self._at += len(content)


def _method_for(sample: bytes) -> int:
    is_worth_it = not sample or len(zlib.compress(sample, _LEVEL)) < _WORTH_IT * len(sample)
    return _DEFLATED if is_worth_it else _STORED


def modified_in(extra: bytes) -> int | None:
    """The modification time in an entry's extra field, in seconds since 1970; None if it does not say."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        at += 4
        if kind == _MODIFIED_ID and size >= 5 and at + 5 <= len(extra) and extra[at] & 1:
            seconds: int = struct.unpack_from("<l", extra, at + 1)[0]
            return seconds
        at += size
    return None


def _dos_moment(moment: datetime) -> tuple[int, int]:
    """Date and time as MS-DOS had them, which begins in 1980 and knows every other second."""
    if moment.year < 1980:
        return 0x21, 0
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    return date, moment.hour << 11 | moment.minute << 5 | moment.second // 2

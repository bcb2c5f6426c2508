"""What a picture's file says of it, read before anything is decoded: so a bomb costs no memory.

JPEG, PNG, GIF and WebP. Steps from part to part of the file, and refuses one that has absurdly many of them:
the decoder would step through them as well.
"""

import re
import struct
from dataclasses import dataclass
from typing import IO, Any, Literal

Format = Literal["JPEG", "PNG", "GIF", "WEBP"]

# What may be decoded, and made of it: a pixel takes up to 9 bytes meanwhile. Pillow warns of 89 million.
MOST_PIXELS = 80_000_000
# Segments, chunks and blocks of one file; libpng writes a chunk for each 8 KiB.
MOST_PARTS = 20_000
# What the decoder keeps of it beside the picture: profiles, previews, texts.
MOST_KEPT_BYTES = 32 << 20
# How often a decoder may go over a JPEG. Progressive ones are made with about 10 scans.
MOST_SCANS = 100
_SEARCHED_BYTES = 1 << 14

_START_OF_SCAN, _END_OF_IMAGE, _APP1, _BARE = 0xDA, 0xD9, 0xE1, 0x01
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
# Within a scan, FF stands before a 0 or a restart; before anything but another FF it begins a segment.
_SEGMENT = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ORIENTATION = 0x0112


class UnreadableImage(Exception):
    """This is none of these pictures, or one that is broken or too large; for logs."""


@dataclass(frozen=True)
class ImageHeader:
    """What a thumb shows is `width` x `height` pixels, as stored, at `corner` of what is decoded.

    `orientation` is EXIF's, 1 to 8: how to turn the picture. The decoder goes over the picture `scans` times;
    of one that `is_gathered` it has all in memory, whatever it makes of it. Both are about JPEGs, `bits`,
    those of a colour, about PNGs.
    """

    format: Format
    width: int
    height: int
    decoded_pixels: int
    corner: tuple[int, int] = (0, 0)
    orientation: int = 1
    scans: int = 1
    is_gathered: bool = False
    bits: int = 8


def read_header(content: IO[Any]) -> ImageHeader:
    """Read the header of a seekable file. Raises UnreadableImage, or what reading raises."""
    content.seek(0)
    start = content.read(12)
    parts = _Parts(content)
    if start.startswith(b"\xff\xd8\xff"):
        return _jpeg(parts)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(parts)
    if start.startswith((b"GIF87a", b"GIF89a")):
        return _gif(parts)
    if start.startswith(b"RIFF") and start[8:] == b"WEBP":
        return _webp(parts)
    raise UnreadableImage("neither JPEG, PNG, GIF nor WebP")


class _Parts:
    """A file that is read in steps, of which there may be so many."""

    def __init__(self, content: IO[Any]) -> None:
        self._content = content
        self._left = MOST_PARTS
        self._kept_bytes = 0

    def seek(self, place: int) -> None:
        self._content.seek(place)

    def take(self, layout: str) -> tuple[Any, ...]:
        """The next values, in struct's words."""
        return struct.unpack(layout, self.read(struct.calcsize(layout)))

    def read(self, size_bytes: int) -> bytes:
        found: bytes = self._content.read(size_bytes)
        if len(found) < size_bytes:
            raise UnreadableImage("the file ends too early")
        self._kept_bytes += size_bytes
        return found

    def skip(self, size_bytes: int, *, is_kept: bool = True) -> None:
        """Go on to the next part."""
        self._left -= 1
        self._kept_bytes += size_bytes if is_kept else 0
        if size_bytes < 0 or self._left < 0 or self._kept_bytes > MOST_KEPT_BYTES:
            raise UnreadableImage("the file consists of too many parts, of too large or of senseless ones")
        self._content.seek(size_bytes, 1)

    def skip_to_segment(self) -> int:
        """Go on behind the next marker of a JPEG."""
        while len(chunk := self._content.read(_SEARCHED_BYTES)) > 1:
            found = _SEGMENT.search(chunk)
            if found is not None:
                self._content.seek(found.end() - len(chunk), 1)
                return int(chunk[found.end() - 1])
            self._content.seek(-1, 1)  # its last byte may begin a marker
        raise UnreadableImage("the file ends too early")


def _jpeg(parts: _Parts) -> ImageHeader:
    parts.seek(2)
    width = height = components = orientation = scans = 0
    is_gathered = False
    while (marker := parts.skip_to_segment()) != _END_OF_IMAGE:
        if marker == _BARE:
            parts.skip(0)
            continue
        (length,) = parts.take(">H")
        unread = length - 2
        if marker in _FRAMES:
            height, width, components = parts.take(">xHHB")
            unread -= 6
            is_gathered = is_gathered or marker in _PROGRESSIVE
        elif marker == _APP1 and not orientation and unread >= 0:
            orientation = _orientation(parts.read(unread))
            unread = 0
        elif marker == _START_OF_SCAN:
            scans += 1
            (shown,) = parts.take("B")
            unread -= 1
            # Behind a scan of some of the colours come those of the others, or should.
            is_gathered = is_gathered or scans > 1 or shown < components
        parts.skip(unread)
        if scans > MOST_SCANS:
            raise UnreadableImage(f"a JPEG of more than {MOST_SCANS} scans")
    return ImageHeader(
        "JPEG",
        width,
        height,
        width * height,
        orientation=orientation or 1,
        scans=scans,
        is_gathered=is_gathered,
    )


def _orientation(segment: bytes) -> int:
    """The orientation that an APP1 segment states, or 0."""
    order = {b"Exif\0\0MM": ">", b"Exif\0\0II": "<"}.get(segment[:8])
    if order is None:
        return 0
    tiff = segment[6:]
    try:
        (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, offset)
        for entry in range(offset + 2, offset + 2 + 12 * count, 12):
            tag, value = struct.unpack_from(f"{order}H6xH", tiff, entry)
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else 0
    except struct.error:  # it ends too early, which is no reason to have no thumb
        pass
    return 0


def _png(parts: _Parts) -> ImageHeader:
    parts.seek(8)
    length, name, width, height, bits = parts.take(">I4sIIB")
    if name != b"IHDR":
        raise UnreadableImage("a PNG that does not begin with its size")
    parts.skip(length - 9 + 4)
    while name != b"IEND":
        length, name = parts.take(">I4s")
        parts.skip(length + 4, is_kept=name != b"IDAT")
    return ImageHeader("PNG", width, height, width * height, bits=bits)


def _gif(parts: _Parts) -> ImageHeader:
    """Of the first frame, which has to lie within the screen: that is what is decoded."""
    parts.seek(6)
    screen_width, screen_height, flags = parts.take("<HHBxx")
    if flags & 0x80:
        parts.skip(3 << ((flags & 7) + 1))
    while (block := parts.read(1)) == b"!":
        parts.skip(1)
        while (size := parts.read(1)[0]) > 0:
            parts.skip(size)
    if block != b",":
        raise UnreadableImage("a GIF without frames")
    left, top, width, height = parts.take("<HHHH")
    if left + width > screen_width or top + height > screen_height:
        raise UnreadableImage("a GIF whose frame is larger than itself")
    return ImageHeader("GIF", width, height, screen_width * screen_height, corner=(left, top))


def _webp(parts: _Parts) -> ImageHeader:
    parts.seek(12)
    (kind,) = parts.take("4s4x")
    if kind == b"VP8X":
        sides = parts.take("<4xHBHB")
        width, height = sides[0] + (sides[1] << 16) + 1, sides[2] + (sides[3] << 16) + 1
    elif kind == b"VP8L":
        (bits,) = parts.take("<xI")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in parts.take("<6xHH"))
    else:
        raise UnreadableImage("a WebP of an unknown kind")
    return ImageHeader("WEBP", width, height, width * height)

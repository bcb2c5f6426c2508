"""What a file is, told from its first bytes, whatever its name and its sender say."""

from platform_app.wire.mime.checks import Format
from platform_app.wire.mime.signatures import FORMATS
from platform_app.wire.mime.types import SNIFFED_BYTES, MimeType

_UNKNOWN = MimeType("application/octet-stream")


def detect_mime_type(head: bytes) -> MimeType:
    """The type of a file that starts with `head` (the first SNIFFED_BYTES are looked at)."""
    head = head[:SNIFFED_BYTES]
    found = _UNKNOWN
    kinds: tuple[Format, ...] = FORMATS
    while (kind := _first(kinds, head)) is not None:
        found, kinds = kind.mime_type, kind.kinds
    return found


def _first(formats: tuple[Format, ...], head: bytes) -> Format | None:
    return next((one for one in formats if one.fits(head)), None)

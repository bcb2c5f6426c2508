"""What a file is, told from its first bytes, whatever its name and its sender say."""

from platform_app.wire.mime.signatures import SIGNATURES
from platform_app.wire.mime.texts import is_text, text_type
from platform_app.wire.mime.types import SNIFFED_BYTES, MimeType

_UNKNOWN = MimeType("application/octet-stream")


def detect_mime_type(head: bytes) -> MimeType:
    """The type of a file that starts with `head` (the first SNIFFED_BYTES are looked at)."""
    head = head[:SNIFFED_BYTES]
    for mime_type, fits in SIGNATURES:
        if fits(head):
            return mime_type
    return text_type(head) if is_text(head) else _UNKNOWN

"""The quoted-printable encoding, which a part of a form may have.

Reference: mime/quotedprintable of Go 1.26.
"""

import re
from binascii import a2b_qp

_CHUNK_BYTES = 64 * 1024

_LONG_LINE = re.compile(rb"^[^\n]{4096}", re.MULTILINE)
_UNPRINTABLE = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|=[ \t]*\r(?!\n)")
# A run is looked at from its first blank only: from each of them would take quadratic time.
_BLANKS_AT_END = re.compile(
    rb"(?<![ \t\r])(?:[ \t\r]+(?=\r\n)|[ \t\r]*[ \t](?=\n)|[ \t\r]+\Z)",
)
_HALF_ESCAPE = re.compile(rb"==(?=\r?\n|\Z)|(?<![^\n])=\Z")
_PLAIN_SIGN = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")


class MalformedQuoting(ValueError):
    """A character that must be escaped, an escape that is cut off, or a line over 4 KiB."""


def decode_quoted_printable(text: bytes) -> bytes:
    """What `text` stands for; a sign that begins no escape stands for itself. Raises MalformedQuoting.

    >>> decode_quoted_printable(b"a=41=\\r\\nb  \\r\\nc=zz")
    b'aAb\\r\\nc=zz'
    """
    pieces: list[bytes] = []
    at = 0
    while at < len(text):
        end = text.rfind(b"\n", at, at + _CHUNK_BYTES) + 1
        if at + _CHUNK_BYTES >= len(text):
            end = len(text)
        if not end:
            raise MalformedQuoting("a line is too long")
        pieces.append(_decoded_lines(text[at:end]))
        at = end
    return b"".join(pieces)


def _decoded_lines(lines: bytes) -> bytes:
    if _LONG_LINE.search(lines):
        raise MalformedQuoting("a line is too long")
    if _UNPRINTABLE.search(lines):
        raise MalformedQuoting("an unescaped control character")
    lines = _BLANKS_AT_END.sub(b"", lines)
    if _HALF_ESCAPE.search(lines):
        raise MalformedQuoting("an escape is cut off")
    return a2b_qp(_PLAIN_SIGN.sub(b"=3D", lines))

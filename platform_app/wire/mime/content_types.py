"""The content type that a file is stored with: its MIME type, and of a text the charset.

Reference: gabriel-vasile/mimetype 1.4.13, internal/charset. UTF-8 whose last character is the only one beyond
ASCII is Latin-1 there, and a declared charset that is no name ends the upload; neither is so here.
"""

import codecs
import re

from platform_app.wire.mime.checks import BLANKS
from platform_app.wire.mime.markup import after_comment, attributes
from platform_app.wire.mime.sniffing import detect_mime_type

_SEARCHED_BYTES = 1024
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\0\0\xfe\xff", "utf-32be"),
    (b"\xff\xfe\0\0", "utf-32le"),
    (b"\xfe\xff", "utf-16be"),
    (b"\xff\xfe", "utf-16le"),
)
_NOT_IN_LATIN = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_BEYOND_ASCII = re.compile(rb"[\xa0-\xff]")
_NAME = re.compile(rb"[A-Za-z0-9._:+-]+")
_BEFORE_ATTRIBUTES = frozenset(bytes((byte,)) for byte in BLANKS + b"/")

_XML_DECLARATION = b"<?xml"
_HTML_PLACE = re.compile(rb"<(?:!--|BODY|META)", re.IGNORECASE)
_CONTENT_TYPE = re.compile(rb"content-type", re.IGNORECASE)
_CHARSET_WITHIN = re.compile(
    rb"""charset[\t\n\x0c\r ]*=[\t\n\x0c\r ]*(?:"([^"]*)|'([^']*)|([^;\t\n\x0c\r ]+))"""
)


def content_type_of(head: bytes) -> str:
    """The type of a file that starts with `head` (the first SNIFFED_BYTES are looked at).

    >>> content_type_of(b"hello"), content_type_of("größe".encode("latin-1")), content_type_of(b"%PDF-1.7")
    ('text/plain; charset=utf-8', 'text/plain; charset=iso-8859-1', 'application/pdf')
    """
    name = detect_mime_type(head).name
    head = head[:_SEARCHED_BYTES]
    match name:
        case "text/html":
            charset = _marked(head) or _declared_in_html(head) or _guessed(head)
        case "text/xml":
            charset = _declared_in_xml(head) or _marked(head) or _guessed(head)
        case "text/plain":
            charset = _marked(head) or _guessed(head)
        case _:
            charset = ""
    return f"{name}; charset={charset}" if charset else name


def _marked(head: bytes) -> str:
    """By a byte order mark."""
    return next((name for mark, name in _BOMS if head.startswith(mark)), "")


def _guessed(head: bytes) -> str:
    if _is_utf8(head):
        return "utf-8"
    if not head or _NOT_IN_LATIN.search(head):
        return ""
    if not _BEYOND_ASCII.search(head):
        return "utf-8"
    return "windows-1252" if b"\x85" in head else "iso-8859-1"


def _is_utf8(head: bytes) -> bool:
    """Whether there are characters beyond ASCII in UTF-8; the last one may be cut off."""
    try:
        return not codecs.getincrementaldecoder("utf-8")().decode(head).isascii()
    except UnicodeDecodeError:
        return False


def _declared_in_xml(head: bytes) -> str:
    start = head.find(_XML_DECLARATION)
    while start >= 0:
        start += len(_XML_DECLARATION)
        for name, value, end, _ in attributes(head, start):
            if name.startswith(b"encoding") and value:
                return _name_of(value)
            start = end
        start = head.find(_XML_DECLARATION, start)
    return ""


def _declared_in_html(head: bytes) -> str:
    """What a `meta` before the body says, comments aside."""
    start = 0
    while (found := _HTML_PLACE.search(head, start)) is not None:
        start = found.end()
        if found[0] == b"<!--":
            start = max(after_comment(head, found.start()), found.start() + 1)
            continue
        if found[0].lower() == b"<body" or head[start : start + 1] not in _BEFORE_ATTRIBUTES:
            return ""
        charset, start = _declared_in_meta(head, start)
        if charset is not None:
            return _name_of(charset)
    return ""


def _declared_in_meta(head: bytes, start: int) -> tuple[bytes | None, int]:
    """What the tag says whose attributes begin there, None for nothing, and where it ends."""
    seen: set[bytes] = set()
    charset, is_declared, is_of_content, is_pragma = b"", False, False, False
    for written, value, end, _ in attributes(head, start):
        name, start = written.lower(), end
        if name in seen:
            continue
        seen.add(name)
        if name == b"charset":
            charset, is_declared, is_of_content = value, True, False
        elif name == b"content":
            found = _CHARSET_WITHIN.search(value)
            charset = (found[1] or found[2] or found[3] or b"").strip() if found else b""
            is_declared, is_of_content = is_declared or bool(charset), is_of_content or bool(charset)
        elif name == b"http-equiv" and _CONTENT_TYPE.match(value):
            is_pragma = True
    return (charset if is_declared and (is_pragma or not is_of_content) else None), start


def _name_of(charset: bytes) -> str:
    return charset.decode() if _NAME.fullmatch(charset) else ""

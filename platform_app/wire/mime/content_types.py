"""The content type that a file is stored with: its MIME type, and of a text the charset.

Reference: gabriel-vasile/mimetype 1.4.13, internal/charset. UTF-8 whose last character is the only one beyond
ASCII is Latin-1 there, and a declared charset that is no name ends the upload; neither is so here.
"""

import codecs
import re

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

_XML_ENCODING = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']""")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_BODY = re.compile(rb"<body", re.IGNORECASE)
_META = re.compile(rb"<meta[\s/]([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""([^\s/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CHARSET_WITHIN = re.compile(rb"""charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)


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
    if not head.isascii() and _is_utf8(head):
        return "utf-8"
    if not head or _NOT_IN_LATIN.search(head):
        return ""
    if not _BEYOND_ASCII.search(head):
        return "utf-8"
    return "windows-1252" if b"\x85" in head else "iso-8859-1"


def _is_utf8(head: bytes) -> bool:
    try:
        # What is looked at of a longer file may end within a character.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _SEARCHED_BYTES)
    except UnicodeDecodeError:
        return False
    return True


def _declared_in_xml(head: bytes) -> str:
    found = _XML_ENCODING.search(head)
    return _name_of(found[1]) if found else ""


def _declared_in_html(head: bytes) -> str:
    before_body = _BODY.split(_COMMENT.sub(b"", head), maxsplit=1)[0]
    for tag in _META.finditer(before_body):
        attributes: dict[bytes, bytes] = {}
        for name, *quoted_or_bare in _ATTRIBUTE.findall(tag[1]):
            attributes.setdefault(name.lower(), b"".join(quoted_or_bare))
        if charset := attributes.get(b"charset"):
            return _name_of(charset)
        is_content_type = attributes.get(b"http-equiv", b"").lower() == b"content-type"
        found = _CHARSET_WITHIN.search(attributes.get(b"content", b""))
        if is_content_type and found:
            return _name_of(found[1])
    return ""


def _name_of(charset: bytes) -> str:
    return charset.decode() if _NAME.fullmatch(charset) else ""

"""Tags of HTML and XML, as far as formats and charsets are told by them.

Reference: gabriel-vasile/mimetype 1.4.13, internal/markup.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_BEFORE_NAME = re.compile(rb"[\t\n\x0c\r /]*")
# A sign of equality may begin a name.
_NAME = re.compile(rb"=?[^=\t\n\x0c\r />\0]*")
_BEFORE_VALUE = re.compile(rb"[\t\n\x0c\r ]*=[\t\n\x0c\r ]*")
_BARE_VALUE = re.compile(rb"[^\t\n\x0c\r >\0]*")
_NOTHING_MORE = frozenset({b"", b"\0"})


class Attribute(NamedTuple):
    """An attribute of a tag; `end` is where to go on, `is_last` whether the tag ends with it."""

    name: bytes
    value: bytes
    end: int
    is_last: bool


def attributes(text: bytes, start: int) -> Iterator[Attribute]:
    """The attributes of the tag that goes on there; the last one may be without a name."""
    is_last = False
    while not is_last:
        found = _attribute(text, start)
        start, is_last = found.end, found.is_last
        yield found


def _attribute(text: bytes, start: int) -> Attribute:
    start = _past(_BEFORE_NAME, text, start)
    end = _past(_NAME, text, start)
    value_start = _past(_BEFORE_VALUE, text, end)
    name, behind = text[start:end], text[end : end + 1]
    if value_start > end:
        return _with_value(text, name, value_start)
    if behind in _NOTHING_MORE:
        return Attribute(b"", b"", end, is_last=True)
    return Attribute(name, b"", end, is_last=behind in {b"/", b">"})


def _with_value(text: bytes, name: bytes, start: int) -> Attribute:
    quote = text[start : start + 1]
    if quote in {b'"', b"'"}:
        end = text.find(quote, start + 1)
        if end < 0:
            return Attribute(name, b"", len(text), is_last=True)
        behind = text[end + 1 : end + 2]
        return Attribute(name, text[start + 1 : end], end + 1, behind in _NOTHING_MORE or behind == b">")
    end = _past(_BARE_VALUE, text, start)
    behind = text[end : end + 1]
    if end == start or behind in _NOTHING_MORE:
        return Attribute(name, b"", end, is_last=True)
    return Attribute(name, text[start:end], end + 1, is_last=behind == b">")


def after_comment(text: bytes, start: int) -> int:
    """Behind the comment at a place; the place itself when there is none. Its dashes may be the same."""
    if not text.startswith(b"<!--", start):
        return start
    end = text.find(b"-->", start + 2)
    return start if end < 0 else end + 3


def _past(pattern: re.Pattern[bytes], text: bytes, start: int) -> int:
    found = pattern.match(text, start)
    return start if found is None else found.end()

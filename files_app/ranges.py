"""The parts of a file that a Range header asks for, and the multipart body that holds several.

Reference: RFC 9110 14; net/http parseRange of Go 1.25.
"""

import re
import secrets
from collections.abc import Sequence

from platform_app.requests.file_answers import Pieces, Span

# Each part of an answer costs a head of its own; a header could ask for a hundred thousand.
MOST_RANGES = 200
_UNIT = "bytes="
_BLANKS = " \t\r\n"
_ONE_PART = re.compile(r"bytes=(?:(?P<first>[0-9]{1,15})-(?P<last>[0-9]{0,15})|-[0-9]{1,15})")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_END_OF_INT64 = 2**63
_INT64_DIGITS = 19


class RangeRefused(Exception):
    """The header cannot be satisfied; the text is the answer's."""

    has_size = False


class MalformedRange(RangeRefused):
    def __init__(self) -> None:
        super().__init__("invalid range")


class NoOverlap(RangeRefused):
    """All ranges begin behind the end of the file."""

    has_size = True

    def __init__(self) -> None:
        super().__init__("invalid range: failed to overlap")


def parse_ranges(header: str, size_bytes: int) -> list[Span]:
    """The parts that a Range header asks for, of a file of this size; none means all of it.

    None also for what asks for more bytes than the file has, or for too many parts. Raises RangeRefused.
    """
    if not header:
        return []
    if not header.startswith(_UNIT):
        raise MalformedRange
    if header.count(",") >= MOST_RANGES:
        return []
    texts = [text for part in header[len(_UNIT) :].split(",") if (text := part.strip(_BLANKS))]
    spans = [span for text in texts if (span := _span(text, size_bytes)) is not None]
    if texts and not spans and size_bytes:
        raise NoOverlap
    return spans if sum(span.length for span in spans) <= size_bytes else []


def is_one_part(header: str) -> bool:
    """Whether a Range header asks for one part, as all servers read it, or for the whole file.

    >>> is_one_part("bytes=5-"), is_one_part("bytes=-5"), is_one_part(""), is_one_part("bytes=0-1,3-4")
    (True, True, True, False)
    """
    part = _ONE_PART.fullmatch(header)
    if part is None:
        return not header
    return not part["last"] or int(part["first"]) <= int(part["last"])


def content_range(span: Span, size_bytes: int) -> str:
    return f"bytes {span.start}-{span.start + span.length - 1}/{size_bytes}"


def new_boundary() -> str:
    return secrets.token_hex(30)


def multipart_pieces(spans: Sequence[Span], boundary: str, content_type: str, size_bytes: int) -> Pieces:
    """The body that holds these parts, each behind a head that says which it is."""
    pieces: list[Span | bytes] = []
    for span in spans:
        before = "\r\n" if pieces else ""
        head = (
            f"{before}--{boundary}\r\n"
            f"Content-Range: {content_range(span, size_bytes)}\r\n"
            f"Content-Type: {content_type}\r\n\r\n"
        )
        pieces += head.encode("latin-1"), span
    return [*pieces, f"\r\n--{boundary}--\r\n".encode()]


def _span(text: str, size_bytes: int) -> Span | None:
    """One part; None when it begins behind the end. Raises MalformedRange."""
    first, dash, last = text.partition("-")
    first, last = first.strip(_BLANKS), last.strip(_BLANKS)
    if not dash:
        raise MalformedRange
    if not first:
        if last.startswith("-"):
            raise MalformedRange
        length = min(_integer(last), size_bytes)
        return Span(size_bytes - length, length)
    start = _integer(first)
    if start >= size_bytes:
        return None
    if not last:
        return Span(start, size_bytes - start)
    end = _integer(last)
    if end < start:
        raise MalformedRange
    return Span(start, min(end, size_bytes - 1) - start + 1)


def _integer(text: str) -> int:
    """As Go's ParseInt reads it, but for negative ones. Raises MalformedRange."""
    if not _INTEGER.fullmatch(text):
        raise MalformedRange
    digits = text.lstrip("+-").lstrip("0")
    number = int(digits or "0") if len(digits) <= _INT64_DIGITS else _END_OF_INT64
    if number >= _END_OF_INT64 or (number and text.startswith("-")):
        raise MalformedRange
    return number

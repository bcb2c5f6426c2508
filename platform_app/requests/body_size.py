"""How large a body was announced to be, or turned out to be."""

from django.http import HttpRequest

MIB = 1024 * 1024
DEFAULT_LIMIT_BYTES = 32 * MIB

_MOST_DIGITS = 19  # of a size that any file can have; what has more is over every limit all the same
# Set in META when a body was cut off because it outgrew the limit of its route.
CUT_OFF = "joey.body_too_large"


def declared_size(header: str | bytes | None) -> int | None:
    """The bytes that a Content-Length announces, None for one that is no number."""
    if not header or not header.isdigit() or not header.isascii():
        return None
    return int(header[:_MOST_DIGITS])


def is_over(request: HttpRequest, limit_bytes: int) -> bool:
    """Whether the body was announced to be larger, or was cut off because it turned out to be."""
    declared = declared_size(request.META.get("CONTENT_LENGTH"))
    return CUT_OFF in request.META or (declared is not None and declared > limit_bytes)

"""How large a body was announced to be, or turned out to be."""

from django.http import HttpRequest

MIB = 1024 * 1024
DEFAULT_LIMIT_BYTES = 32 * MIB

# Set in META when a body was cut off because it outgrew the limit of its route.
CUT_OFF = "joey.body_too_large"


def is_over(request: HttpRequest, limit_bytes: int) -> bool:
    """Whether the body was announced to be larger, or was cut off because it turned out to be."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    return CUT_OFF in request.META or (declared.isdigit() and int(declared) > limit_bytes)

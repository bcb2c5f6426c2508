"""What a format is told by: Format, and the checks of a file's first bytes that most formats need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from platform_app.wire.mime.types import MimeType

# Of the first bytes, SNIFFED_BYTES at most: whether the file is of the format.
Check = Callable[[bytes], bool]

# What counts as blank in texts; other than for Python, a vertical tab is none.
BLANKS = b"\t\n\x0c\r "


@dataclass(frozen=True, slots=True)
class Format:
    """A format and those that are kinds of it, in the order in which they are tried."""

    mime_type: MimeType
    fits: Check
    kinds: tuple["Format", ...] = ()

    @classmethod
    def of(
        cls, name: str, extension: str, fits: Check, *kinds: "Format", aliases: tuple[str, ...] = ()
    ) -> Self:
        return cls(MimeType(name, extension, aliases), fits, kinds)


def starts(*signatures: bytes) -> Check:
    return lambda head: head.startswith(signatures)


def at(offset: int, *signatures: bytes) -> Check:
    return lambda head: head.startswith(signatures, offset)


def both(*checks: Check) -> Check:
    return lambda head: all(check(head) for check in checks)


def longer_than(size: int, check: Check) -> Check:
    return lambda head: len(head) > size and check(head)


def little(head: bytes, start: int, size: int) -> int:
    """The little-endian number there, of what there is of it."""
    return int.from_bytes(head[start : start + size], "little")

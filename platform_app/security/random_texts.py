"""Random texts that a pattern describes, drawn with the system's cryptographic source.

Reference: contract/fields.md 2.2; tools/security/random_by_regex.go, PocketBase v0.39.11.
"""

import secrets
from functools import lru_cache

from platform_app.database.ids import random_text
from platform_app.database.lanes import require_pool
from platform_app.wire.patterns.nodes import (
    EMPTY_MATCH_OPERATOR,
    Alternate,
    AnyCharacter,
    Assertion,
    Class,
    Concat,
    Literal,
    Node,
    Ranges,
    Repeat,
)
from platform_app.wire.patterns.patterns import parse_pattern

_OPEN_END_REPEATS = 6
_SMALL_CLASS = 256
_ANY: Ranges = ((65, 90), (97, 122), (48, 57))


# Nested repeats without an end multiply: the reference goes on for as long as that takes.
_MOST_STEPS = 100_000
_MOST_STEPS_INLINE = 1_000
_RANGES_A_STEP = 16


class CannotGenerate(ValueError):
    """The pattern holds something that has no random text, such as a word boundary."""


def random_text_of(pattern: str) -> str:
    """A random text that `pattern` describes. Raises CannotGenerate or InvalidPattern."""
    drawing = _Drawing()
    try:
        drawing.write(parse_pattern(pattern))
    except RecursionError as error:
        raise CannotGenerate("expression nests too deeply") from error
    return "".join(drawing.pieces)


class _Drawing:
    """A text in the making, and how many parts of the pattern were gone through for it."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.steps = 0

    def write(self, node: Node) -> None:
        self._count(1)
        match node:
            case Literal(character, _):
                self.pieces.append(character)
            case Class(ranges):
                self._count(len(ranges) // _RANGES_A_STEP)
                self.pieces.append(_pick(ranges))
            case AnyCharacter():
                self.pieces.append(_pick(_ANY))
            case Concat(parts):
                if not parts:
                    raise CannotGenerate(f"unsupported pattern operator {EMPTY_MATCH_OPERATOR}")
                for part in parts:
                    self.write(part)
            case Alternate(choices):
                self.write(secrets.choice(choices))
            case Repeat(part, least, most):
                self._repeat(part, _times(least, most))
            case Assertion(_, operator):
                raise CannotGenerate(f"unsupported pattern operator {operator}")

    def _repeat(self, part: Node, times: int) -> None:
        alphabet = _alphabet(part.ranges) if isinstance(part, Class) else ""
        if alphabet:
            self.pieces.append(random_text(times, alphabet))
            return
        for _ in range(times):
            self.write(part)

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > _MOST_STEPS_INLINE:
            require_pool()
        if self.steps > _MOST_STEPS:
            raise CannotGenerate("the random text is too long")


@lru_cache(maxsize=128)
def _alphabet(ranges: Ranges) -> str:
    """The characters of a small class in a row, such as that of a record's id; "" for a large one."""
    if sum(last - first + 1 for first, last in ranges) > _SMALL_CLASS:
        return ""
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


def _times(least: int, most: int | None) -> int:
    """A number from `least` up to, but not including, `most`, unless they are the same."""
    end = max(_OPEN_END_REPEATS if most is None else most, least)
    return least + (secrets.randbelow(end - least) if end > least else 0)


def _pick(ranges: Ranges) -> str:
    total = sum(last - first + 1 for first, last in ranges)
    if not total:
        raise CannotGenerate("no runes to choose from")
    index = secrets.randbelow(total)
    for first, last in ranges:
        if index <= last - first:
            return chr(first + index)
        index -= last - first + 1
    raise AssertionError("unreachable: the index is below the total")

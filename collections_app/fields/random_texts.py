"""Random texts that a pattern describes, drawn with the system's cryptographic source.

Reference: contract/fields.md 2.2; tools/security/random_by_regex.go, PocketBase v0.39.11.
"""

import secrets
from functools import lru_cache

from platform_app.database.ids import random_text
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


class CannotGenerate(ValueError):
    """The pattern holds something that has no random text, such as a word boundary."""


def random_text_of(pattern: str) -> str:
    """A random text that `pattern` describes. Raises CannotGenerate or InvalidPattern."""
    pieces: list[str] = []
    _write(parse_pattern(pattern), pieces)
    return "".join(pieces)


def _write(node: Node, pieces: list[str]) -> None:
    match node:
        case Literal(character, _):
            pieces.append(character)
        case Class(ranges):
            pieces.append(_pick(ranges))
        case AnyCharacter():
            pieces.append(_pick(_ANY))
        case Concat(parts):
            if not parts:
                raise CannotGenerate(f"unsupported pattern operator {EMPTY_MATCH_OPERATOR}")
            for part in parts:
                _write(part, pieces)
        case Alternate(choices):
            _write(secrets.choice(choices), pieces)
        case Repeat(part, least, most, _):
            _repeat(part, _times(least, most), pieces)
        case Assertion(_, operator):
            raise CannotGenerate(f"unsupported pattern operator {operator}")


def _repeat(part: Node, times: int, pieces: list[str]) -> None:
    alphabet = _alphabet(part.ranges) if isinstance(part, Class) else ""
    if alphabet:
        pieces.append(random_text(times, alphabet))
        return
    for _ in range(times):
        _write(part, pieces)


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

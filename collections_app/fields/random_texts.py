"""Random texts that a pattern describes, drawn with the system's cryptographic source.

Reference: contract/fields.md 2.2; tools/security/random_by_regex.go, PocketBase v0.39.11.
"""

import secrets

from collections_app.fields.pattern_nodes import (
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
from collections_app.fields.patterns import parse_pattern

_OPEN_END_REPEATS = 6
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
            for _ in range(_times(least, most)):
                _write(part, pieces)
        case Assertion(_, operator):
            raise CannotGenerate(f"unsupported pattern operator {operator}")


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

"""Regular expressions in Go's RE2 syntax, matched by Python's `re`.

Parsing them ourselves refuses what RE2 refuses (look-around, back-references) and gives the tree that
random texts are made from. What is matched is a translation of that tree, so that `\\d`, `\\w`, `.`, `$`
and classes mean what they mean in Go.
Reference: contract/fields.md 2.
"""

import re
from functools import lru_cache

from platform_app.wire.errors import FieldError, sentenize
from platform_app.wire.patterns.nodes import (
    Alternate,
    AnyCharacter,
    Assertion,
    Class,
    Concat,
    Literal,
    Node,
    Repeat,
)
from platform_app.wire.patterns.parser import InvalidPattern, read_pattern


def _python(node: Node) -> str:
    """The tree in Python's syntax."""
    match node:
        case Literal(character, ignore_case):
            escaped = re.escape(character)
            return f"(?i:{escaped})" if ignore_case and character.isalpha() else escaped
        case Class(ranges):
            return f"[{''.join(_python_range(*pair) for pair in ranges)}]" if ranges else "(?!)"
        case AnyCharacter(with_newline):
            return "(?s:.)" if with_newline else r"[^\n]"
        case Assertion(regex, _):
            return regex
        case Concat(parts):
            return "".join(_python_part(part) for part in parts)
        case Alternate(choices):
            return "|".join(_python(choice) for choice in choices)
        case Repeat(part, least, most, lazy):
            count = f"{{{least},{'' if most is None else most}}}"
            return f"(?:{_python(part)}){count}{'?' if lazy else ''}"


def _python_part(part: Node) -> str:
    text = _python(part)
    return f"(?:{text})" if isinstance(part, Alternate) else text


def _python_range(first: int, last: int) -> str:
    start, end = (f"\\U{code:08x}" for code in (first, last))
    return start if first == last else f"{start}-{end}"


@lru_cache(maxsize=512)
def parse_pattern(pattern: str) -> Node:
    """The tree of a pattern. Raises InvalidPattern."""
    return read_pattern(pattern)


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> "re.Pattern[str]":
    """A compiled pattern; ask it to `search`, as Go's patterns match anywhere. Raises InvalidPattern."""
    try:
        return re.compile(_python(parse_pattern(pattern)))
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidPattern("expression too large", pattern) from error


def pattern_error(pattern: str) -> FieldError | None:
    """What is wrong with the pattern in an option; an empty one means "not set"."""
    if not pattern:
        return None
    try:
        compile_pattern(pattern)
    except InvalidPattern as error:
        return FieldError("validation_invalid_regex", sentenize(str(error)))
    return None

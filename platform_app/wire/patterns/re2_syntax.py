"""Trees in RE2's syntax, and RE2 itself, with the same answers that Go's regular expressions give.

Classes are spelled out and cases too, so that RE2's tables of Unicode do not matter. That it makes programs
of bytes shows in one place: it finds a `\\B` in the middle of a character.
"""

from platform_app.wire.patterns.folding import variants
from platform_app.wire.patterns.nodes import (
    BEGIN_TEXT,
    NO_BOUNDARY,
    Alternate,
    AnyCharacter,
    Assertion,
    Class,
    Concat,
    Literal,
    Node,
    Repeat,
)


def re2_syntax(node: Node) -> str:
    """A pattern that RE2 finds where Go finds the one that `node` was read from."""
    pattern = _written(node)
    if NO_BOUNDARY.regex in pattern:  # nothing else is written with a backslash and a B
        return rf"{BEGIN_TEXT.regex}(?s:.*?)(?:{pattern})"
    return pattern


def _written(node: Node) -> str:
    match node:
        case Literal(character, ignore_case):
            if ignore_case:
                return f"[{''.join(_code(ord(case)) for case in variants(character))}]"
            return character if character.isalnum() and character.isascii() else _code(ord(character))
        case Class(ranges):
            if not ranges:
                return r"[^\x00-\x{10ffff}]"
            return f"[{''.join(f'{_code(first)}-{_code(last)}' for first, last in ranges)}]"
        case AnyCharacter(with_newline):
            return "(?s:.)" if with_newline else "."
        case Assertion(regex, _):
            return regex
        case Concat(parts):
            return "".join(map(_part, parts))
        case Alternate(choices):
            return "|".join(map(_written, choices))
        case Repeat(most=0):
            return "(?:)"  # RE2 would count what is inside, which Go does not
        case Repeat(part, least, most):
            return f"(?:{_written(part)}){{{least},{'' if most is None else most}}}"


def _part(part: Node) -> str:
    text = _written(part)
    return f"(?:{text})" if isinstance(part, Alternate) else text


def _code(code: int) -> str:
    return f"\\x{{{code:x}}}"

"""How large the program of a tree gets: what is too large is told before it is made.

Reference: calcSize of regexp/syntax/parse.go, Go 1.26.
"""

from platform_app.wire.patterns.nodes import Alternate, AnyCharacter, Class, Concat, Literal, Node, Repeat

_BYTES_OF_A_CHARACTER = 4


def steps_of(node: Node) -> int:
    """The steps of a program each of which takes a character or decides where to go, about."""
    return _size(node, in_bytes=False)


def byte_steps_of(node: Node) -> int:
    """The steps of a program each of which takes a byte of UTF-8, about: the ranges of classes count."""
    return _size(node, in_bytes=True)


def _size(node: Node, *, in_bytes: bool) -> int:
    match node:
        case Concat(parts):
            return max(1, sum(_size(part, in_bytes=in_bytes) for part in parts))
        case Alternate(choices):
            return sum(_size(choice, in_bytes=in_bytes) for choice in choices) + len(choices) - 1
        case Repeat(part, least, most):
            size = _size(part, in_bytes=in_bytes)
            return 2 + max(least, 1) * size if most is None else max(1, most * size + most - least)
        case Literal() if in_bytes:
            return _BYTES_OF_A_CHARACTER
        case Class(ranges) if in_bytes:
            return 2 * (_BYTES_OF_A_CHARACTER + len(ranges))
        case AnyCharacter() if in_bytes:
            return 2 * _BYTES_OF_A_CHARACTER
    return 1

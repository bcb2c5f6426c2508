"""Parse a filter: tokens become a tree of comparisons and groups.

Reference: contract/filters.md 1; fexpr v0.6.0, whose leniency about groups is kept.
"""

import math
from functools import lru_cache
from typing import cast

from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.nodes import (
    Call,
    Comparison,
    Group,
    Identifier,
    JoinWord,
    Node,
    Number,
    OperandNode,
    Sign,
    Text,
)
from collections_app.filterlang.tokens import Token, tokenize
from platform_app.wire.json_text import quote

MAX_COMPARISONS = 200
# SQLite's parser keeps a stack of 100 entries, of which a nested group takes up to five.
MAX_NESTED_GROUPS = 16
_MAX_NESTED_BRACKETS = 50  # each level reads its text once more

# What may come next.
_LEFT = "left operand (identifier, function, text or number)"
_SIGN = "a sign operator"
_RIGHT = "right operand (identifier, function text or number)"
_JOIN = "&& or ||"


@lru_cache(maxsize=500)
def parse(text: str) -> Node:
    """The tree of a filter or rule.

    Raises FilterError for anything that is not a complete filter, an empty text included, and for more
    than MAX_COMPARISONS comparisons.
    """
    node = _parse(text, 0)
    if _count(node) > MAX_COMPARISONS:
        raise FilterError("max filter expressions limit reached")
    if _depth(node) > MAX_NESTED_GROUPS:
        raise FilterError(f"expected at most {MAX_NESTED_GROUPS} groups inside each other")
    return node


def _parse(text: str, depth: int) -> Node:
    if depth > _MAX_NESTED_BRACKETS:
        raise FilterError(f"expected at most {_MAX_NESTED_BRACKETS} brackets inside each other")
    members: list[tuple[JoinWord, Node]] = []
    word: JoinWord = "AND"
    left: OperandNode | None = None
    sign = ""
    expected = _LEFT
    for token in tokenize(text):
        if token.kind == "group":
            # A group is taken wherever it stands; an unfinished comparison before it is dropped.
            members.append((word, _parse(token.text, depth + 1)))
            expected = _JOIN
        elif expected == _LEFT:
            left, expected = _operand(token, _LEFT), _SIGN
        elif expected == _SIGN:
            if token.kind != "sign":
                raise _unexpected(_SIGN, token)
            sign, expected = token.text, _RIGHT
        elif expected == _RIGHT and left is not None:
            members.append((word, _comparison(left, sign, _operand(token, _RIGHT))))
            expected = _JOIN
        else:
            if token.kind != "join":
                raise _unexpected(_JOIN, token)
            word, expected = "AND" if token.text == "&&" else "OR", _LEFT
    if expected != _JOIN:
        is_empty = left is None and not members
        raise FilterError(
            "empty filter expression" if is_empty else "invalid or incomplete filter expression"
        )
    # Brackets around a single member say nothing.
    return members[0][1] if len(members) == 1 else Group(tuple(members))


def _comparison(left: OperandNode, sign: str, right: OperandNode) -> Comparison:
    return Comparison(left, cast(Sign, sign.removeprefix("?")), right, sign.startswith("?"))


def _operand(token: Token, expected: str) -> OperandNode:
    if token.kind == "function":
        return Call(token.text, tuple(_operand(argument, expected) for argument in token.arguments))
    if token.kind == "identifier":
        return Identifier(token.text)
    if token.kind == "text":
        return Text(token.text)
    if token.kind == "number":
        value = float(token.text)
        # A number beyond the double range counts as 0, as in the reference.
        return Number(value if math.isfinite(value) else 0.0)
    raise _unexpected(expected, token)


def _unexpected(expected: str, token: Token) -> FilterError:
    return FilterError(f"expected {expected}, got {quote(token.text)} ({token.kind})")


def _count(node: Node) -> int:
    if isinstance(node, Comparison):
        return 1
    return sum(_count(member) for _, member in node.members)


def _depth(node: Node) -> int:
    if isinstance(node, Comparison):
        return 0
    return 1 + max(_depth(member) for _, member in node.members)

"""Parse a filter: tokens become a tree of comparisons and groups.

Reference: contract/filters.md 1; fexpr v0.6.0, whose leniency about groups is kept.
"""

import math
from collections.abc import Iterator
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
    size_of,
)
from collections_app.filterlang.tokens import Brackets, Token, tokenize
from platform_app.wire.json_text import quote

MAX_COMPARISONS = 200

# What may come next.
_LEFT = "left operand (identifier, function, text or number)"
_SIGN = "a sign operator"
_RIGHT = "right operand (identifier, function text or number)"
_JOIN = "&& or ||"


Members = list[tuple[JoinWord, Node]]


def parse(text: str) -> Node:
    """The tree of a filter or rule, its groups no deeper than the meaning asks for.

    Raises FilterError for anything that is not a complete filter, an empty text included, and for more
    than MAX_COMPARISONS comparisons.
    """
    node = _parse(text)
    if size_of(node) > MAX_COMPARISONS:
        raise FilterError("max filter expressions limit reached")
    return node


@lru_cache(maxsize=500)
def parse_rule(text: str) -> Node:
    """The same, remembered: a rule is compiled again with each filter of a client beside it."""
    return parse(text)


def _parse(text: str) -> Node:
    """Read groups within groups without recursion: a filter may hold more of them than Python's stack."""
    brackets: Brackets = {}
    levels = [_Level(tokenize(text, brackets=brackets))]
    while True:
        level = levels[-1]
        group = level.read()
        if group is not None:
            levels.append(_Level(tokenize(text, group.start, group.end, brackets)))
            continue
        node = level.node()
        levels.pop()
        if not levels:
            return node
        levels[-1].add(node)


class _Level:
    """What has been read of the text as a whole, or of one group."""

    def __init__(self, tokens: Iterator[Token]) -> None:
        self._tokens = tokens
        self._members: Members = []
        self._inner_size = 0  # comparisons in groups inside, beyond one each
        self._word: JoinWord = "AND"
        self._left: OperandNode | None = None
        self._sign = ""
        self._expected = _LEFT

    def read(self) -> Token | None:
        """Read up to the next group, which is to be read and added; None at the end."""
        for token in self._tokens:
            if token.kind == "group":
                # A group is taken wherever it stands; an unfinished comparison before it is dropped.
                return token
            if self._expected == _LEFT:
                self._left, self._expected = _operand(token, _LEFT), _SIGN
            elif self._expected == _SIGN:
                if token.kind != "sign":
                    raise _unexpected(_SIGN, token)
                self._sign, self._expected = token.text, _RIGHT
            elif self._expected == _RIGHT and self._left is not None:
                self.add(_comparison(self._left, self._sign, _operand(token, _RIGHT)))
            else:
                if token.kind != "join":
                    raise _unexpected(_JOIN, token)
                self._word, self._expected = "AND" if token.text == "&&" else "OR", _LEFT
        return None

    def add(self, node: Node) -> None:
        if isinstance(node, Group):
            self._inner_size += node.size - 1
        self._members.append((self._word, node))
        self._expected = _JOIN

    def node(self) -> Node:
        """The tree of what was read. Raises FilterError when it is not complete."""
        if self._expected != _JOIN:
            is_empty = self._left is None and not self._members
            raise FilterError(
                "empty filter expression" if is_empty else "invalid or incomplete filter expression"
            )
        if len(self._members) == 1:
            return self._members[0][1]  # brackets around a single member say nothing
        # What will be refused for its size is not copied from level to level.
        is_small = self._inner_size + len(self._members) <= MAX_COMPARISONS
        return Group(
            tuple(_without_brackets(self._members) if self._inner_size and is_small else self._members)
        )


def _without_brackets(members: Members) -> Members:
    """The members, those of inner groups among them where the brackets say nothing.

    `(a || b) || c` is `a || b || c`, and so is `a && (b && c)`; AND binds tighter anyway.
    """
    result: Members = []
    for at, (word, node) in enumerate(members):
        if not isinstance(node, Group):
            result.append((word, node))
            continue
        is_after_or = at == 0 or word == "OR"
        is_before_or = at + 1 == len(members) or members[at + 1][0] == "OR"
        if (is_after_or and is_before_or) or all(inner == "AND" for inner, _ in node.members[1:]):
            result.append((word, node.members[0][1]))
            result.extend(node.members[1:])
        else:
            result.append((word, node))
    return result


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

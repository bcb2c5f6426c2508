"""From the tree of a filter to a WHERE condition.

Reference: contract/filters.md 3 and 4; tools/search/filter.go of PocketBase v0.39.11.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from collections_app.filterlang.dialects.base import CompareSign, Dialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import (
    EMPTY_TEXT,
    NULL,
    Fallback,
    Fragment,
    Operand,
    Param,
    Resolver,
    Value,
    joined,
    text_param,
)
from collections_app.filterlang.functions import call_function
from collections_app.filterlang.macros import MACROS, NUMBER_MACROS, current_moment
from collections_app.filterlang.nodes import (
    Call,
    Comparison,
    Group,
    Identifier,
    JoinWord,
    Node,
    OperandNode,
    Sign,
    Text,
    depth_of,
)
from platform_app.wire.json_text import quote

Members = list[tuple[JoinWord, Node]]

# The parser of SQLite before 3.46 keeps a stack of 100 entries, of which brackets take up to five.
_MOST_BRACKETS = 8
_MOST_BRACKETS_IN_CASES = 3


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles trees against one resolver and one engine.

    `only_checks` says that the condition is not going to be run, and so may be one that always fails.
    """

    resolver: Resolver
    dialect: Dialect
    only_checks: bool = False

    def condition(self, node: Node) -> Fragment:
        """The WHERE condition of a tree, in brackets where it has several members.

        Raises FilterError for unknown names, functions and misplaced arguments.
        """
        return self._condition(node, _MOST_BRACKETS)

    def _condition(self, node: Node, most_inside: int) -> Fragment:
        if isinstance(node, Comparison):
            left, right = self._side("left", node.left), self._side("right", node.right)
            return self.comparison(left, node.sign, right, is_any=node.is_any)
        result: list[str | Param] = ["("]
        for index, (word, member) in enumerate(node.members):
            if index:
                result.append(f" {word} ")
            is_deep = depth_of(member) > most_inside
            result.extend(self._cases(member) if is_deep else self._condition(member, most_inside))
        result.append(")")
        return tuple(result)

    def _cases(self, node: Node) -> Fragment:
        """The condition of a deep tree without brackets inside each other: one CASE down its deepest path.

        On the way the other members of a group either decide, or leave it to the deeper one. Those that are
        deep themselves have fewer comparisons by half, so that few levels nest.
        Nothing negates a condition, so it may be false where AND and OR would have left it unknown.
        """
        result: list[str | Param] = ["(CASE"]
        while isinstance(node, Group) and node.depth > _MOST_BRACKETS_IN_CASES:
            enough, needed, node = _beside_the_deepest(node)
            for group, outcome in ((enough, " THEN TRUE"), (needed, " IS NOT TRUE THEN FALSE")):
                if group is not None:
                    condition = self._condition(group, _MOST_BRACKETS_IN_CASES)
                    result.extend((" WHEN ", *condition, outcome))
        result.extend((" ELSE ", *self._condition(node, _MOST_BRACKETS_IN_CASES), " END)"))
        return tuple(result)

    # --- operands ---

    def _side(self, side: str, node: OperandNode) -> Operand:
        try:
            return self.operand(node)
        except FilterError as error:
            name = quote(node.name) if isinstance(node, Identifier | Call) else ""
            raise FilterError(f"invalid {side} operand {name} - {error}") from error

    def operand(self, node: OperandNode) -> Operand:
        if isinstance(node, Identifier):
            return self._named(node)
        if isinstance(node, Text):
            return Operand(Value((text_param(node.value),), "text"), is_bound=True)
        if isinstance(node, Call):
            return call_function(node, self.operand, self.dialect)
        return Operand(Value((Param("real", node.value),), "real"), is_bound=True)

    def _named(self, node: Identifier) -> Operand:
        macro = MACROS.get(node.name)
        if macro is not None:
            is_number = node.name in NUMBER_MACROS
            kind: Literal["integer", "text"] = "integer" if is_number else "text"
            param = Param(kind, read=lambda _: macro(current_moment()), is_moment=True)
            return Operand(Value((param,), "number" if is_number else "text"), is_bound=True)
        try:
            return self.resolver.resolve(node.name)
        except FilterError:
            literal = _LITERALS.get(node.name.lower())
            if literal is None:
                raise
            return literal

    # --- comparisons ---

    def comparison(self, left: Operand, sign: Sign, right: Operand, *, is_any: bool) -> Fragment:
        """`left sign right`, with what many-valued sides and guarded fields add to it."""
        condition = self._simple(left, sign, right)
        if not is_any and (left.many or right.many):
            condition = ("(", *condition, " AND ", *self._no_violation(left, sign, right), ")")
        for side in (left, right):
            if side.guard:
                condition = ("(", *condition, " AND ", *side.guard, ")")
        return condition

    def _no_violation(self, left: Operand, sign: Sign, right: Operand) -> Fragment:
        """That no value of the many definitely fails; a comparison that yields NULL does not fail."""
        sources = []
        sides = []
        for side in (left, right):
            if side.many is None:
                sides.append(side.plain())
                continue
            alias = self.resolver.new_alias()
            sides.append(side.of_many(alias))
            select = side.many.select(side.many_value or side.value)
            sources.append(("(", *select, f') "{alias}"'))
        # Every left value meets every right one; without any on the right, it meets NULL.
        source = sources[0] if len(sources) == 1 else (*sources[0], " LEFT JOIN ", *sources[1], " ON TRUE")
        violation = self._simple(sides[0], sign, sides[1])
        return ("NOT EXISTS (SELECT 1 FROM ", *source, " WHERE NOT (", *violation, "))")

    def _simple(self, left: Operand, sign: Sign, right: Operand) -> Fragment:
        if sign in ("=", "!="):
            return self._equal(left, right, negated=sign == "!=")
        if sign in ("~", "!~"):
            return self.dialect.like(left.value, self._pattern(right), negated=sign == "!~")
        return self.dialect.compare(sign, left.value, right.value)  # type: ignore[arg-type]

    def _pattern(self, operand: Operand) -> Value:
        if operand.is_list and not self.only_checks:
            # The reference makes a pattern of the list itself, which is no JSON then: the rule can be saved,
            # and its query fails.
            raise FilterError("expected a pattern, got the elements of a submitted list")
        if not operand.is_bound:
            return self.dialect.containing(operand.value)
        pieces = (
            piece.mapped(like_pattern) if isinstance(piece, Param) else piece for piece in operand.value.sql
        )
        is_param_alone = len(operand.value.sql) == 1
        return Value(tuple(pieces), "text" if is_param_alone else operand.value.kind)

    def _equal(self, left: Operand, right: Operand, *, negated: bool) -> Fragment:
        """`=` and `!=`, under which NULL and the empty text are one (contract/filters.md 3.1)."""
        compare = self.dialect.compare
        sign: CompareSign = "IS NOT" if negated else "="
        if Fallback.NEVER in (left.fallback, right.fallback):
            return compare("IS NOT" if negated else "IS", left.value, right.value)
        left_value = EMPTY_TEXT if left.is_empty else left.value
        right_value = EMPTY_TEXT if right.is_empty else right.value
        if (left.is_empty and right.is_empty) or left.is_filled or right.is_filled:
            return compare(sign, left_value, right_value)
        if left.is_empty or right.is_empty:
            column = right if left.is_empty else left
            null = self.dialect.is_null(column.value)
            # The direct match can use an index, which COALESCE could not.
            empty = compare(sign, left_value, right_value)
            return ("(", *empty, " AND NOT ", *null, ")") if negated else ("(", *empty, " OR ", *null, ")")
        return compare(sign, self.dialect.or_empty(left.value), self.dialect.or_empty(right.value))


def _beside_the_deepest(node: Group) -> tuple[Group | None, Group | None, Node]:
    """The deepest member of a group, and what stands beside it: what is enough alone, and what is needed too.

    AND binds tighter: the group is a row of members joined by OR, each a row joined by AND.
    """
    rows: list[Members] = []
    for word, member in node.members:
        if word == "OR" or not rows:
            rows.append([])
        rows[-1].append((word, member))
    deepest = max(rows, key=lambda row: max(depth_of(member) for _, member in row))
    at = max(range(len(deepest)), key=lambda place: depth_of(deepest[place][1]))
    enough = [item for row in rows if row is not deepest for item in row]
    needed: Members = [("AND", member) for place, (_, member) in enumerate(deepest) if place != at]
    return _group(enough), _group(needed), deepest[at][1]


def _group(members: Members) -> Group | None:
    return Group(tuple(members)) if members else None


_LITERALS = {
    "null": Operand(NULL),
    "true": Operand(Value(("1",), "number"), is_flag=True),
    "false": Operand(Value(("0",), "number"), is_flag=True),
}


def conjunction(conditions: list[Fragment]) -> Fragment:
    """All conditions at once; empty when there are none."""
    if len(conditions) < 2:
        return conditions[0] if conditions else ()
    return joined(" AND ", (("(", *condition, ")") for condition in conditions))


# --- patterns -----------------------------------------------------------------------------------------


def like_pattern(value: Any) -> str:
    """The LIKE pattern for a bound value (contract/filters.md 3.2).

    >>> like_pattern("a_b"), like_pattern("a%b"), like_pattern(5.0)
    ('%a\\\\_b%', 'a%b', '%5%')
    """
    text = value if isinstance(value, str) else _plain_text(value)
    if _has_wildcard(text):
        return text
    return f"%{_escape_wildcards(text)}%"


def _plain_text(value: Any) -> str:
    """A number as Go prints it: all digits, never an exponent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return format(value, ".0f")  # int() would lose the sign of -0
    return format(Decimal(repr(value)), "f")


def _has_wildcard(text: str) -> bool:
    """Whether a `%` stands in `text` without a backslash that escapes it."""
    previous = ""
    for character in text:
        if character == "%" and previous != "\\":
            return True
        previous = "" if character == previous == "\\" else character
    return False


def _escape_wildcards(text: str) -> str:
    """A backslash before each `\\`, `%` and `_`, unless there is one, seen from the end.

    >>> _escape_wildcards("a\\\\_b"), _escape_wildcards("a\\\\b")
    ('a\\\\_b', 'a\\\\\\\\b')
    """
    reverse: list[str] = []
    is_special = False
    for character in reversed(text):
        if is_special:
            if character != "\\":
                reverse.append("\\")
            is_special = False
        else:
            is_special = character in "\\%_"
        reverse.append(character)
    if is_special:
        reverse.append("\\")
    return "".join(reversed(reverse))

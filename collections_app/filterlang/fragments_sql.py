"""Pieces of SQL on their way to a statement: texts with parameters between them, and typed operands.

User text is only ever inside a `Param`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Literal, Protocol

# How a value is held by the engine. SQLite does not care, PostgreSQL casts by it:
#   real: a bound double (its text is "5.0"), number: a numeric column or integer (its text is "5"),
#   bool: a BOOLEAN column, any: what a JSON document holds, null: the literal NULL.
Kind = Literal["text", "real", "number", "bool", "any", "null"]

# SQLite's type affinity of an expression, which decides how unlike values compare.
Affinity = Literal["text", "numeric", "none"]


class Fallback(Enum):
    """How `=` treats NULL beside the empty text."""

    AUTO = "auto"  # alike
    NEVER = "never"  # apart: JSON values, distances, :changed
    ALWAYS = "always"  # alike, even against parameters of unknown content: strftime


@dataclass(frozen=True, slots=True)
class Param:
    """A bound value: `value`, or what `read` takes from the request at hand when it is late-bound.

    `is_empty` says that it is the empty text; a late-bound one knows by the shape it was compiled for.
    A `list` is a JSON array on SQLite and an array of text on PostgreSQL. With `is_moment` it is the clock
    that `read` looks at, and the same request gives another value later. An integer that `is_flag` stands for
    a bool.
    """

    kind: Literal["text", "real", "integer", "list"]
    value: Any = None
    read: Callable[[Any], Any] | None = None
    is_empty: bool = False
    is_moment: bool = False
    is_flag: bool = False

    def mapped(self, change: Callable[[Any], str]) -> "Param":
        """The text that `change` makes of this value, as soon as it is known."""
        if self.read is None:
            return Param("text", change(self.value))
        read, kind = self.read, bool if self.is_flag else _same
        return Param("text", read=lambda request: change(kind(read(request))), is_moment=self.is_moment)


def _same(value: Any) -> Any:
    return value


Fragment = tuple[str | Param, ...]


def text_param(value: str) -> Param:
    return Param("text", value, is_empty=value == "")


def joined(separator: str, fragments: Iterable[Fragment]) -> Fragment:
    """The fragments one after the other, with `separator` between them."""
    result: list[str | Param] = []
    for fragment in fragments:
        if result:
            result.append(separator)
        result.extend(fragment)
    return tuple(result)


def params_of(fragment: Fragment) -> tuple[Param, ...]:
    return tuple(piece for piece in fragment if isinstance(piece, Param))


def with_whole_texts(fragment: Fragment) -> Fragment:
    """The same with one text between two parameters at most, for who keeps it."""
    result: list[str | Param] = []
    for piece in fragment:
        last = result[-1] if result else None
        if isinstance(piece, str) and isinstance(last, str):
            result[-1] = last + piece
        else:
            result.append(piece)
    return tuple(result)


@dataclass(frozen=True, slots=True)
class Value:
    """An SQL expression, how the engine holds it, and its affinity."""

    sql: Fragment
    kind: Kind
    affinity: Affinity = "none"


NULL = Value(("NULL",), "null")
EMPTY_TEXT = Value(("''",), "text")


class ManyValues(Protocol):
    """The other rows that a path reaches from the same base row."""

    def select(self, value: Value) -> Fragment:
        """A SELECT of `value`, taken over those rows, as the column `value`."""


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison.

    `is_bound` marks parameters that the caller wrote or sent; `is_flag` the literals 0 and 1.
    `many` is set when the path may reach several rows, `many_value` being the value over these.
    `guard` is a condition to be ANDed to the comparison. `is_column` tells what may be sorted by,
    `is_joined` that it belongs to a joined row; `is_list` marks the elements of a submitted list, which
    cannot be a LIKE pattern.
    """

    value: Value
    fallback: Fallback = Fallback.AUTO
    is_bound: bool = False
    is_flag: bool = False
    is_column: bool = False
    is_joined: bool = False
    is_list: bool = False
    many: ManyValues | None = None
    many_value: Value | None = None
    guard: Fragment | None = None

    @property
    def is_null(self) -> bool:
        return self.value.kind == "null"

    @property
    def has_empty_param(self) -> bool:
        return self.is_bound and any(param.is_empty for param in params_of(self.value.sql))

    @property
    def is_empty(self) -> bool:
        """Whether this is NULL or a bound empty text for sure."""
        if self.is_null:
            return True
        return self.fallback is Fallback.AUTO and self.has_empty_param and len(params_of(self.value.sql)) == 1

    @property
    def is_filled(self) -> bool:
        """Whether this is known to be neither NULL nor the empty text."""
        if self.fallback is Fallback.ALWAYS:
            return False
        return self.is_flag or self.is_list or (self.is_bound and not self.has_empty_param)

    def plain(self) -> "Operand":
        """The same value as the partner of many: on its own, and with the usual treatment of NULL."""
        return replace(self, fallback=Fallback.AUTO, many=None, many_value=None, guard=None)

    def of_many(self, alias: str) -> "Operand":
        """The value column of the subselect `alias` over the many values."""
        kept = self.many_value or self.value
        value = replace(kept, sql=(f'"{alias}"."value"',))
        return Operand(value, fallback=self.fallback)


class Resolver(Protocol):
    """Knows the names of a filter."""

    def resolve(self, name: str) -> Operand:
        """The operand for a field path or an `@` path. Raises FilterError for an unknown one."""

    def new_alias(self) -> str:
        """A table alias that nothing else in the statement uses."""

"""Dialect: everything in which the SQL of two engines differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from collections_app.filterlang.fragments_sql import Fragment, Kind, Param, Value

CompareSign = Literal["=", "IS", "IS NOT", "<", "<=", ">", ">="]
Direction = Literal["ASC", "DESC"]
JsonKind = Literal["null", "bool", "number", "text", "array", "object"]


@dataclass(frozen=True, slots=True)
class Column:
    """A stored column: `kind` and whether comparisons convert towards it, as SQLite's affinity does.

    `is_loose` marks the columns of views, whose type in the database follows from the view's query.
    """

    table: str
    name: str
    kind: Kind
    has_affinity: bool = True
    is_loose: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """LEFT JOIN `source` AS `alias` ON `on`; an absent condition joins every row.

    `is_elements` marks a source made by `Dialect.elements_of_*`, whose column is `value`.
    """

    alias: str
    source: Fragment
    on: Fragment | None = None
    is_elements: bool = False
    has_rowid: bool = True


@dataclass(frozen=True, slots=True)
class SortItem:
    """One ORDER BY term.

    `is_joined` says that the value belongs to a joined row, `never_null` that a plain index gives the order.
    """

    value: Value
    direction: Direction
    is_joined: bool = False
    never_null: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """The base table of a statement: its alias, and whether the engine numbers its rows.

    The rows of a view are not numbered; with `keeps_order` its query sorts them. A row that is not stored yet
    is neither in a table nor in a view.
    """

    alias: str
    has_rowid: bool = True
    is_view: bool = False
    keeps_order: bool = False


@dataclass(frozen=True, slots=True)
class Assembled:
    """The pieces of a SELECT, ready to be written one after the other."""

    from_sql: Fragment
    where_sql: Fragment
    order_sql: str
    distinct: bool


class Dialect(Protocol):
    """What the compiler asks of an engine. All texts may be put into a statement as they are."""

    def render(self, fragment: Fragment) -> str:
        """The fragment as text, with the driver's placeholders for its parameters."""

    def bound(self, param: Param) -> Param:
        """The parameter as the driver takes it."""

    def column(self, column: Column) -> Value: ...

    def compare(self, sign: CompareSign, left: Value, right: Value) -> Fragment: ...

    def is_null(self, value: Value) -> Fragment: ...

    def or_empty(self, value: Value) -> Value:
        """The value, or the empty text instead of NULL."""

    def like(self, value: Value, pattern: Value, *, negated: bool) -> Fragment:
        """LIKE that folds ASCII letters only, with `\\` as escape."""

    def containing(self, value: Value) -> Value:
        """The pattern for "has this value inside"."""

    def lower(self, value: Value) -> Value: ...

    def is_true(self, column: Value) -> Fragment: ...

    def flag(self, *, is_set: bool) -> Value:
        """The answer to a yes-or-no question about the request."""

    def json_value(self, column: Value, path: Sequence[str | int]) -> Value:
        """What a JSON text holds at `path`: text, number (true is 1) or NULL; containers as JSON text."""

    def holds_json(self, column: Value, kind: JsonKind) -> Fragment:
        """Whether a JSON text is of this kind; NULL is null, and what is not JSON a text."""

    def list_length(self, column: Value) -> Value: ...

    def elements_of_column(self, column: Value) -> Fragment: ...

    def elements_of_param(self, param: Param) -> Fragment: ...

    def element(self, alias: str) -> Value: ...

    def element_of(self, value: Value, column: Value) -> Fragment:
        """Whether `value` is an element of the list that `column` stores."""

    def one_of(self, value: Value, ids: Param) -> Fragment: ...

    def join(self, join: Join) -> Fragment: ...

    def geo_distance(self, arguments: Sequence[Value]) -> Value: ...

    def strftime(self, arguments: Sequence[Value], format_text: str) -> Value: ...

    def truth(self, condition: Fragment) -> Value:
        """A condition as a value of its own."""

    def random(self) -> str: ...

    def row_number(self, source: Source) -> Value:
        """What `@rowid` sorts by: the order in which rows were inserted."""

    def row_id(self, source: Source) -> str: ...

    def assemble(
        self,
        source: Source,
        joins: Sequence[Join],
        where: Fragment,
        order: Sequence[SortItem | str],
    ) -> Assembled:
        """The statement, whose order is complete on an engine that would else answer equal rows anyhow."""

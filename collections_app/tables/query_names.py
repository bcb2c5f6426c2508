"""What the names in SQLite's queries mean: which are defined where, and which column each other one is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# Words that SQLite never takes for a name when they stand bare, plus the joins that it might.
# fmt: off
KEYWORDS = frozenset({
    "add", "all", "alter", "and", "as", "asc", "between", "by", "case", "cast", "check", "collate",
    "cross", "current_date", "current_time", "current_timestamp", "desc", "distinct", "else", "end",
    "escape", "except", "exists", "false", "filter", "from", "full", "glob", "group", "having", "in",
    "inner", "intersect", "is", "isnull", "join", "left", "like", "limit", "natural", "not", "notnull",
    "null", "offset", "on", "or", "order", "outer", "over", "partition", "recursive", "right", "select",
    "set", "then", "to", "true", "union", "unique", "using", "values", "when", "where", "with",
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its table spells it; `table` is empty for what a query calculates."""

    name: str
    is_boolean: bool = False
    table: str = ""


Columns = Mapping[str, Column]  # by lower-case name


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the database spells it; nobody knows the columns of one that is no collection."""

    name: str
    columns: Columns | None = None

    @classmethod
    def of(cls, name: str, columns: Iterable[str], booleans: Iterable[str] = ()) -> "Table":
        truths = frozenset(booleans)
        return cls(name, {column.lower(): Column(column, column in truths, name) for column in columns})


@dataclass(slots=True, eq=False)
class Token:
    """A piece of the text and what it is there.

    `defines` is a name that begins to exist here, as it is spelled; `selects_path` says that it is the alias
    of a mere column. `table` is the one that is named here. `is_order_term` says that it is all of a term of
    ORDER BY. `column_as` is the name that SQLite gives to a selected column whose last word this is.
    `needs_alias` says that a sub-query ends here which has no name.
    """

    kind: str
    text: str
    scope: "Scope | None" = None
    sees_outputs: bool = False
    is_order_term: bool = False
    in_cast: bool = False
    defines: str | None = None
    selects_path: bool = False
    table: Table | None = None
    column_as: str | None = None
    needs_alias: bool = False

    @property
    def lower(self) -> str:
        return self.text.lower() if self.kind == "word" else self.text

    @property
    def name(self) -> str:
        """The name without its quotes."""
        if self.kind == "word":
            return self.text
        quote = self.text[0]
        return self.text[1:-1] if quote == "[" else self.text[1:-1].replace(quote * 2, quote)

    @property
    def is_keyword(self) -> bool:
        return self.kind == "word" and self.lower in KEYWORDS

    @property
    def could_name(self) -> bool:
        return self.kind in ("quoted", "string") or (self.kind == "word" and not self.is_keyword)


@dataclass(slots=True)
class Source:
    """What a SELECT takes rows from, and what its columns are called with: an alias, or a table's own name.

    `table` is there as long as nothing but its own name says which it is.
    """

    alias: str
    columns: Columns | None
    table: Table | None = None


@dataclass(slots=True)
class Found:
    """What a name means: a column, or nothing; `is_certain` when every table that it could be of is known."""

    column: Column | None = None
    is_certain: bool = False


@dataclass(slots=True, eq=False)
class Scope:
    """One SELECT: its names are those of its sources, then those of the SELECT around it."""

    parent: "Scope | None" = None
    sources: list[Source] = field(default_factory=list)
    outputs: list[tuple[str, list[Token]]] = field(default_factory=list)  # a name and the path it stands for
    stars: list[str] = field(default_factory=list)  # `*` as "", `t.*` as "t"
    is_past_from: bool = False

    def source(self, alias: str) -> Source | None:
        return next(
            (one for scope in self._chain() for one in scope.sources if _same(one.alias, alias)), None
        )

    def find(self, name: str, *, sees_outputs: bool = False, prefers_outputs: bool = False) -> Found:
        """The column that a bare name means; what is selected has a name, too, that is known behind FROM."""
        if prefers_outputs and (outputs := self._outputs(name)):
            return Found(_nearest(outputs, name), is_certain=True)
        is_certain = True
        for scope in self._chain():
            known = [one.columns for one in scope.sources if one.columns is not None]
            found = [columns[name.lower()] for columns in known if name.lower() in columns]
            if scope is self and sees_outputs:
                found += self._outputs(name)
            if found:
                return Found(_nearest(found, name), is_certain=True)
            is_certain = is_certain and len(known) == len(scope.sources)
        return Found(is_certain=is_certain)

    def _outputs(self, name: str) -> list[Column]:
        return [Column(output) for output, _ in self.outputs if _same(output, name)]

    def find_in(self, alias: str, name: str) -> Found:
        source = self.source(alias)
        if source is None or source.columns is None:
            return Found()
        return Found(source.columns.get(name.lower()), is_certain=True)

    def columns(self) -> Columns | None:
        """The columns of this SELECT, where somebody selects from it."""
        result: dict[str, Column] = {}
        for star in self.stars:
            for one in self.sources:
                if not star or _same(one.alias, star):
                    if one.columns is None:
                        return None
                    result |= one.columns
        for name, path in self.outputs:
            origin = self._origin(path)
            result[name.lower()] = Column(name, origin is not None and origin.is_boolean)
        return result

    def _origin(self, path: list[Token]) -> Column | None:
        if len(path) == 1:
            return self.find(path[0].name).column
        return self.find_in(path[-3].name, path[-1].name).column if path else None

    def _chain(self) -> Iterator["Scope"]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


@dataclass(frozen=True, slots=True)
class Query:
    """A text that was read: all of its tokens, and those that are neither blank nor comment."""

    tokens: list[Token]
    words: list[Token]

    def text(self, place: int) -> str:
        """What stands at a place among the words, empty where the text has begun or ended."""
        return self.words[place].text if 0 <= place < len(self.words) else ""

    def is_owner(self, place: int) -> bool:
        """Whether it is the table in `table.column`."""
        return self.text(place + 1) == "."

    def is_owned(self, place: int) -> bool:
        return self.text(place - 1) == "."

    def is_reference(self, place: int) -> bool:
        """Whether it is the name of something that exists elsewhere, a table's own name excepted."""
        token = self.words[place]
        is_in_path = self.is_owner(place) or self.is_owned(place)
        if token.defines is not None or token.table is not None:
            return False
        if token.kind != "word" or self.is_owned(place):
            return token.kind in ("word", "quoted") or (token.kind == "string" and is_in_path)
        before = self.text(place - 1).lower()
        is_type = token.in_cast and before == "as"
        return not (token.is_keyword or is_type or before == "collate" or self.text(place + 1) == "(")

    def find(self, place: int) -> Found:
        """What the path that ends here means."""
        token = self.words[place]
        if token.scope is None:
            return Found()
        if self.is_owned(place):
            return token.scope.find_in(self.words[place - 2].name, token.name) if place > 1 else Found()
        return token.scope.find(
            token.name, sees_outputs=token.sees_outputs, prefers_outputs=token.is_order_term
        )


def _nearest(found: list[Column], name: str) -> Column:
    """The one that is spelled in this way, else the first."""
    return next((one for one in found if one.name == name), found[0])


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()

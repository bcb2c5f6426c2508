"""The queries of views after a table or a column that they select from got another name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collections_app.collection import Collection
from collections_app.tables.query_names import KEYWORDS, Column, Query, Table, Token
from collections_app.tables.query_reader import read_query

# Besides the words that no name can be, those that SQLite does not take bare.
# fmt: off
_RESERVED = KEYWORDS | {
    "autoincrement", "commit", "constraint", "create", "default", "deferrable", "delete", "drop", "foreign",
    "index", "insert", "into", "nothing", "primary", "references", "returning", "rollback", "table",
    "transaction", "update",
}
# fmt: on

Meaning = tuple[str, str] | None


class CannotFollow(Exception):
    """A query that cannot be rewritten for certain; the reason is a text for people."""


@dataclass(frozen=True)
class Renames:
    """What a change of a collection calls otherwise: its table, and columns by their old lower-case names."""

    table: Table
    new_table: Table
    columns: Mapping[str, str]

    @classmethod
    def between(cls, old: Collection, new: Collection) -> "Renames":
        names = {field.id: field.name for field in new.fields}
        return cls(
            table_of(old),
            table_of(new),
            {
                field.name.lower(): names[field.id]
                for field in old.fields
                if not new.is_view and names.get(field.id, field.name) != field.name
            },
        )

    def __bool__(self) -> bool:
        return bool(self.columns) or self.table.name != self.new_table.name

    def follow(self, meaning: Meaning) -> Meaning:
        """What a name means afterwards: a table and a column of it, either may be empty."""
        if meaning is None or meaning[0] != self.table.name:
            return meaning
        table, column = meaning
        return self.new_table.name, self.columns.get(column.lower(), column)


def table_of(collection: Collection) -> Table:
    booleans = (field.name for field in collection.fields if field.type == "bool")
    return Table.of(collection.name, (field.name for field in collection.fields), booleans)


def renamed_query(text: str, renames: Renames, tables: Mapping[str, Table]) -> str:
    """`text` with the new names, otherwise letter by letter as it was; what it selects keeps its names.

    `tables` are all of them before the change, by lower-case name. Raises CannotFollow where a name could be
    the renamed one, and where a new name would mean something else.

    >>> posts, new = Table.of("posts", ["id", "title"]), Table.of("posts", ["id", "headline"])
    >>> renames = Renames(posts, new, {"title": "headline"})
    >>> renamed_query("select id, title from posts", renames, {"posts": posts})
    'select id, headline AS title from posts'
    """
    query, origin = read_query(text, tables), tables.get(renames.table.name.lower())
    if origin is None or all(token.table is not origin for token in query.words):
        return text
    result = "".join(_pieces(query, renames, origin))
    after = {name: table for name, table in tables.items() if name != renames.table.name.lower()}
    after[renames.new_table.name.lower()] = renames.new_table
    followed = [renames.follow(meaning) for meaning in _meanings(query)]
    if followed != list(_meanings(read_query(result, after))):
        raise CannotFollow("a new name would mean something else in its query")
    return result


def _pieces(query: Query, renames: Renames, origin: Table) -> list[str]:
    places = {id(token): place for place, token in enumerate(query.words)}
    pieces: list[str] = []
    for token in query.tokens:
        place = places.get(id(token))
        if place is not None and (
            _needs_no_alias(query, place - 1, renames) or _needs_no_alias(query, place - 2, renames)
        ):
            while pieces and pieces[-1].isspace():
                pieces.pop()
        else:
            pieces.append(token.text if place is None else _written(query, place, renames, origin))
    return pieces


def _needs_no_alias(query: Query, place: int, renames: Renames) -> bool:
    """Whether a selected column gets the very name that it is selected as: `headline AS title` is `title`."""
    if place < 0 or place + 2 >= len(query.words) or query.words[place + 1].lower != "as":
        return False
    if not query.is_reference(place) or not query.words[place + 2].selects_path:
        return False
    column = query.find(place).column
    if column is None or column.table != renames.table.name:
        return False
    return renames.columns.get(column.name.lower()) == query.words[place + 2].defines


def _written(query: Query, place: int, renames: Renames, origin: Table) -> str:
    token = query.words[place]
    if token.table is origin:
        return _spelled(renames.new_table.name, token, was=renames.table.name)
    if token.lower == "natural" and renames.columns:
        raise CannotFollow("it joins by the names of columns")
    if not query.is_reference(place):
        return token.text
    if query.is_owner(place):
        source = token.scope.source(token.name) if token.scope else None
        if source is not None and source.table is origin:
            return _spelled(renames.new_table.name, token, was=renames.table.name)
        return token.text
    found = query.find(place)
    new_name = renames.columns.get(token.name.lower())
    if new_name is None:
        return token.text
    if found.column is None:
        if found.is_certain:
            return token.text
        raise CannotFollow(f"nobody can say what {token.text} is in its query")
    if found.column.table != renames.table.name:
        return token.text
    if _is_in_using(query, place):
        raise CannotFollow(f"it joins by the column {token.text}")
    text = _spelled(new_name, token, was=found.column.name)
    keeps_name = token.column_as is None or token.column_as == new_name
    return text if keeps_name else f"{text} AS {token.text}"


def _meanings(query: Query) -> Iterator[Meaning]:
    """What every name of a query means, in their order; those that only call something so are left out."""
    for place, token in enumerate(query.words):
        if token.table is not None:
            yield token.table.name, ""
        elif query.is_reference(place) and not query.is_owner(place):
            column: Column | None = query.find(place).column
            # In the letters of its table; a calculated one may be called in any.
            yield None if column is None else (column.table, column.name if column.table else "")


def _is_in_using(query: Query, place: int) -> bool:
    """Whether a name stands in the brackets of USING."""
    while place > 0 and query.text(place) != "(":
        if query.text(place) == ")":
            return False
        place -= 1
    return query.text(place - 1).lower() == "using"


def _spelled(name: str, token: Token, *, was: str) -> str:
    """The new name with the quotes of the old one, which stays as it is where nothing changes."""
    if name == was:
        return token.text
    quote = token.text[0]
    if token.kind == "word":
        is_plain = name.isascii() and not name[:1].isdigit() and name.lower() not in _RESERVED
        return name if is_plain else f"`{name}`"
    return f"[{name}]" if quote == "[" else f"{quote}{name}{quote}"

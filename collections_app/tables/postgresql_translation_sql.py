"""Texts that people wrote for SQLite (index conditions, view queries) as PostgreSQL understands them.

Only the spelling differs that both engines read differently: quoted names, names with capitals (PostgreSQL
folds bare ones), `==`, and 1/0 compared with a boolean column. Functions keep their names:
`filterlang.dialects` adds the missing ones to the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collections_app.tables.query_names import Query, Table, Token
from collections_app.tables.query_reader import read_query
from platform_app.database.quoting_sql import quoted

_COMPARISONS = frozenset({"=", "==", "!=", "<>", "is", "not"})
_RENAMED_FUNCTIONS = {"ifnull": "COALESCE"}
_TRUTHS = {"1": "TRUE", "0": "FALSE"}


@dataclass(frozen=True)
class Names:
    """Tables and columns as they are spelled in the database, found ignoring case."""

    exact_by_lower: Mapping[str, str]
    booleans: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str], booleans: Iterable[str] = ()) -> "Names":
        return cls({name.lower(): name for name in names}, frozenset(name.lower() for name in booleans))

    @classmethod
    def of_tables(cls, tables: Iterable[Table]) -> "Names":
        """Those of all tables together, for names that could be of any of them."""
        listed = list(tables)
        columns = [column for table in listed for column in (table.columns or {}).values()]
        names = (*(table.name for table in listed), *(column.name for column in columns))
        return cls.of(names, (column.name for column in columns if column.is_boolean))

    def exact(self, name: str) -> str:
        return self.exact_by_lower.get(name.lower(), name)


_NO_TABLES: Mapping[str, Table] = {}


def translate(text: str, names: Names, tables: Mapping[str, Table] = _NO_TABLES) -> str:
    """`text` for PostgreSQL.

    `tables` are the known ones by lower-case name; `names` are for what is of no known table.

    >>> translate("`tokenKey` != '' and active = 1", Names.of(["tokenKey", "active"], ["active"]))
    '"tokenKey" != \\'\\' and "active" = TRUE'
    >>> translate('select name as "Name" from posts', Names.of([]), {"posts": Table.of("Posts", ["name"])})
    'select "name" as "Name" from "Posts"'
    """
    query = read_query(text, tables)
    written = _Translation(query, names).write()
    pieces: list[str] = []
    for token in query.tokens:
        piece = written.get(id(token), token.text)
        if pieces and piece[:1] in ("'", '"') and pieces[-1][-1:] == piece[:1]:
            pieces.append(" ")  # two quoted words would become one
        pieces.append(piece)
    return "".join(pieces)


class _Translation:
    """The words of a query on their way to PostgreSQL."""

    def __init__(self, query: Query, names: Names) -> None:
        self._query = query
        self._names = names
        self._sub_queries = 0

    def write(self) -> dict[int, str]:
        """What stands for each token, by its identity."""
        return {id(token): self._written(place, token) for place, token in enumerate(self._query.words)}

    def _written(self, place: int, token: Token) -> str:
        if token.defines is not None:
            return quoted(token.defines)
        if token.table is not None:
            return self._table(token, token.table)
        if token.needs_alias:
            self._sub_queries += 1
            return f"{token.text} AS _query{self._sub_queries}"
        if token.text == "==":
            return "="
        if token.text in _TRUTHS and self._query.text(place - 1).lower() in _COMPARISONS:
            return _TRUTHS[token.text] if self._is_compared_with_boolean(place) else token.text
        text, name = self._name(place, token)
        if token.column_as is not None and token.column_as != name:
            return f"{text} AS {quoted(token.column_as)}"
        return text

    def _table(self, token: Token, table: Table) -> str:
        if table.columns is not None or token.kind != "word":
            return quoted(table.name)
        return self._guessed(token)[0]

    def _name(self, place: int, token: Token) -> tuple[str, str]:
        """What stands for a token, and the name that PostgreSQL gives to a selected column of it."""
        query = self._query
        if not query.is_reference(place):
            is_function = token.kind == "word" and query.text(place + 1) == "("
            return _RENAMED_FUNCTIONS.get(token.lower, token.text) if is_function else token.text, token.lower
        is_owned = query.is_owned(place)
        if query.is_owner(place):
            source = token.scope.source(token.name) if token.scope else None
            return _as_name(source.alias) if source is not None else self._guessed(token, is_path=True)
        found = query.find(place)
        if found.column is not None:
            return _as_name(found.column.name)
        if not found.is_certain:
            return self._guessed(token, is_path=is_owned)
        if token.text[0] == '"' and not is_owned:
            # SQLite takes a double-quoted text that is no name for a string.
            return _literal(token.name), ""
        return (token.text, token.lower) if token.kind == "word" else _as_name(token.name)

    def _guessed(self, token: Token, *, is_path: bool = False) -> tuple[str, str]:
        """A name of which nobody knows whose it is."""
        if token.lower in self._names.exact_by_lower or token.name.lower() in self._names.exact_by_lower:
            return _as_name(self._names.exact(token.name))
        if token.kind == "word":
            return token.text, token.lower
        return (_literal(token.name), "") if token.text[0] == '"' and not is_path else _as_name(token.name)

    def _is_compared_with_boolean(self, place: int) -> bool:
        left = place - 1
        while left >= 0 and self._query.text(left).lower() in _COMPARISONS:
            left -= 1
        if left < 0 or not self._query.words[left].could_name:
            return False
        found = self._query.find(left)
        if found.column is None and not found.is_certain:
            return self._query.words[left].name.lower() in self._names.booleans
        return found.column is not None and found.column.is_boolean


def _as_name(name: str) -> tuple[str, str]:
    return quoted(name), name


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

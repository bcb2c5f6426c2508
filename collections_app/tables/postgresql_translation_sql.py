"""Texts that people wrote for SQLite (index conditions, view queries) as PostgreSQL understands them.

Only the spelling differs that both engines read differently: quoted names, names with capitals (PostgreSQL
folds bare ones), `==`, and 1/0 compared with a boolean column. Functions keep their names:
`filterlang.dialects` adds the missing ones to the database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collections_app.schema.query_names import Found, Table, Token, read_query

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
    tokens = read_query(text, tables)
    written = _Translation(
        [token for token in tokens if token.kind not in ("blank", "comment")], names
    ).write()
    pieces: list[str] = []
    for token in tokens:
        piece = written.get(id(token), token.text)
        if pieces and piece[:1] in ("'", '"') and pieces[-1][-1:] == piece[:1]:
            pieces.append(" ")  # two quoted words would become one
        pieces.append(piece)
    return "".join(pieces)


class _Translation:
    """The tokens of a text, without blanks and comments, on their way to PostgreSQL."""

    def __init__(self, tokens: list[Token], names: Names) -> None:
        self._tokens = tokens
        self._names = names
        self._sub_queries = 0

    def write(self) -> dict[int, str]:
        """What stands for each token, by its identity."""
        return {id(token): self._written(place, token) for place, token in enumerate(self._tokens)}

    def _written(self, place: int, token: Token) -> str:
        if token.defines is not None:
            return _identifier(token.defines)
        if token.table is not None:
            return self._table(token, token.table)
        if token.needs_alias:
            self._sub_queries += 1
            return f"{token.text} AS _query{self._sub_queries}"
        if token.text == "==":
            return "="
        if token.text in _TRUTHS and self._text(place - 1).lower() in _COMPARISONS:
            return _TRUTHS[token.text] if self._is_compared_with_boolean(place) else token.text
        text, name = self._name(place, token)
        if token.column_as is not None and token.column_as != name:
            return f"{text} AS {_identifier(token.column_as)}"
        return text

    def _table(self, token: Token, table: Table) -> str:
        if table.columns is not None or token.kind != "word":
            return _identifier(table.name)
        return self._guessed(token)[0]

    def _name(self, place: int, token: Token) -> tuple[str, str]:
        """What stands for a token, and the name that PostgreSQL gives to a selected column of it."""
        is_owner, is_owned = self._text(place + 1) == ".", self._text(place - 1) == "."
        if token.kind not in ("word", "quoted") and not (token.kind == "string" and (is_owner or is_owned)):
            return token.text, ""
        if token.kind == "word" and not is_owned:
            if self._text(place + 1) == "(":
                return _RENAMED_FUNCTIONS.get(token.lower, token.text), ""
            if token.is_keyword or self._is_type(place) or self._text(place - 1).lower() == "collate":
                return token.text, token.lower
        if is_owner:
            source = token.scope.source(token.name) if token.scope else None
            return _as_name(source.alias) if source is not None else self._guessed(token, is_path=True)
        found = self._find(place)
        if found.column is not None:
            return _as_name(found.column.name)
        if not found.is_certain:
            return self._guessed(token, is_path=is_owned)
        if token.text[0] == '"' and not is_owned:
            # SQLite takes a double-quoted text that is no name for a string.
            return _literal(token.name), ""
        return (token.text, token.lower) if token.kind == "word" else _as_name(token.name)

    def _find(self, place: int) -> Found:
        """What the path that ends here means."""
        token = self._tokens[place]
        if token.scope is None:
            return Found()
        if self._text(place - 1) == ".":
            return token.scope.find_in(self._tokens[place - 2].name, token.name) if place > 1 else Found()
        return token.scope.find(token.name, sees_outputs=token.sees_outputs)

    def _guessed(self, token: Token, *, is_path: bool = False) -> tuple[str, str]:
        """A name of which nobody knows whose it is."""
        if token.lower in self._names.exact_by_lower or token.name.lower() in self._names.exact_by_lower:
            return _as_name(self._names.exact(token.name))
        if token.kind == "word":
            return token.text, token.lower
        return (_literal(token.name), "") if token.text[0] == '"' and not is_path else _as_name(token.name)

    def _is_type(self, place: int) -> bool:
        return self._tokens[place].in_cast and self._text(place - 1).lower() == "as"

    def _is_compared_with_boolean(self, place: int) -> bool:
        left = place - 1
        while left >= 0 and self._text(left).lower() in _COMPARISONS:
            left -= 1
        if left < 0 or not self._tokens[left].could_name:
            return False
        found = self._find(left)
        if found.column is None and not found.is_certain:
            return self._tokens[left].name.lower() in self._names.booleans
        return found.column is not None and found.column.is_boolean

    def _text(self, place: int) -> str:
        return self._tokens[place].text if 0 <= place < len(self._tokens) else ""


def _as_name(name: str) -> tuple[str, str]:
    return _identifier(name), name


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

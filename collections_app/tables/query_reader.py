"""Reading SQLite's queries: `read_query` finds out what each name in a text is (`query_names.py`).

Not a parser of SQL: it follows brackets, select lists and FROM clauses, takes every text, and says of what it
does not understand that it is not certain. The database judges the query.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from collections_app.tables.query_names import (
    Column,
    Columns,
    Query,
    Scope,
    Source,
    Table,
    Token,
)

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<string> '(?:[^']|'')*' )
  | (?P<quoted> `(?:[^`]|``)*` | \[[^\]]*\] | "(?:[^"]|"")*" )
  | (?P<word> [^\W\d][\w$]* )
  | (?P<blank> \s+ )
  | (?P<number> \d[\w.]* )
  | (?P<other> == | != | <> | <= | >= | \|\| | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = frozenset({"match", "regexp"})
_CLAUSES = frozenset({"where", "group", "having", "window", "order", "limit"})
_TERM_ENDS = frozenset({"", ",", ")", "asc", "desc", "nulls", "limit", "collate"})
_COMPOUNDS = frozenset({"union", "intersect", "except"})
_QUERIES = frozenset({"select", "with", "values"})
# Keywords that are values, or end one.
_VALUES = frozenset(
    {"end", "false", "null", "true", "current_date", "current_time", "current_timestamp", "isnull", "notnull"}
)
# What PostgreSQL lets stand before a text that is a value of this type; SQLite would see a name of a column.
_TYPES = frozenset({"date", "interval", "time", "timestamp", "timestamptz", "zone"})

_JSON_COLUMNS = ("key", "value", "type", "atom", "id", "parent", "fullkey", "path")
_JSON_TABLES = frozenset({"json_each", "json_tree"})


def read_query(text: str, tables: Mapping[str, Table]) -> Query:
    """Read `text`; `tables` are the known ones by lower-case name."""
    tokens = [Token(match.lastgroup or "other", match.group()) for match in _TOKEN.finditer(text)]
    words = [token for token in tokens if token.kind not in ("blank", "comment")]
    _Reader(words, tables).read()
    return Query(tokens, words)


@dataclass(slots=True, eq=False)
class _Frame:
    """The text between two brackets, or all of it.

    `outer` is what a SELECT in it is nested in; `expects` what comes next in a FROM or a WITH clause.
    """

    role: str = ""
    scope: Scope | None = None
    outer: Scope | None = None
    clause: str = ""
    expects: str = ""
    in_cast: bool = False
    first: int = 0  # the first token of the item of the select list that is being read
    selects: list[Scope] = field(default_factory=list)
    ctes: dict[str, Table] = field(default_factory=dict)
    cte_name: str = ""
    function: str = ""  # that a SELECT takes rows from
    names: list[str] = field(default_factory=list)  # of the columns of the table that is being defined


class _Reader:
    """Walks over the tokens once and notes on each of them what it is."""

    def __init__(self, tokens: list[Token], tables: Mapping[str, Table]) -> None:
        self._tokens = tokens
        self._tables = tables
        self._frames = [_Frame()]

    @property
    def _frame(self) -> _Frame:
        return self._frames[-1]

    def read(self) -> None:
        for place, token in enumerate(self._tokens):
            frame = self._frame
            token.scope, token.in_cast = frame.scope, frame.in_cast
            token.sees_outputs = frame.scope is not None and frame.scope.is_past_from
            token.is_order_term = frame.clause == "order" and self._is_term(place)
            if token.text == "(":
                self._open(place)
            elif token.text == ")":
                self._close(place)
            elif token.text == ",":
                self._comma(place)
            elif not self._in_path(place):
                self._word(place)
        while self._frames:
            self._finish(len(self._tokens))
            self._frames.pop()

    # --- brackets and commas ---

    def _open(self, place: int) -> None:
        frame = self._frame
        before = self._lower(place - 1)
        inner = _Frame(scope=frame.scope, outer=frame.scope, in_cast=before == "cast")
        if frame.clause == "with" and frame.expects == "columns":
            inner.role = "names"
        elif frame.clause == "with" and frame.expects == "body":
            inner.role, inner.scope, inner.outer = "cte", None, None
        elif frame.clause == "from" and frame.expects == "source":
            parent = frame.scope.parent if frame.scope else None
            if self._lower(place + 1) in _QUERIES:
                inner.role, inner.scope, inner.outer = "subquery", None, parent
            else:
                inner.role, inner.clause, inner.expects = "join", "from", "source"
        elif frame.clause == "from" and frame.expects == "arguments":
            inner.role = "arguments"
        elif frame.clause == "from" and frame.expects == "alias":
            self._without_alias(place)
        self._frames.append(inner)

    def _close(self, place: int) -> None:
        if len(self._frames) == 1:
            return
        self._finish(place)
        inner = self._frames.pop()
        frame = self._frame
        columns = inner.selects[0].columns() if inner.selects else None
        if inner.role == "names":
            frame.names, frame.expects = inner.names, "as"
        elif inner.role == "cte":
            self._define_cte(columns)
            frame.expects = ""
        elif inner.role == "subquery" and frame.scope is not None:
            frame.scope.sources.append(Source("", columns))
            frame.expects = "alias"
        elif inner.role == "arguments" and frame.scope is not None:
            known = Table.of(frame.function, _JSON_COLUMNS if frame.function.lower() in _JSON_TABLES else ())
            frame.scope.sources.append(Source(frame.function, known.columns or None))
            frame.expects = "alias"
        elif inner.role == "join":
            frame.expects = ""

    def _comma(self, place: int) -> None:
        frame = self._frame
        if frame.clause == "list":
            self._end_item(place)
            frame.first = place + 1
        elif frame.clause == "from":
            self._without_alias(place)
            frame.expects = "source"
        elif frame.clause == "with":
            frame.expects = "name"

    def _finish(self, place: int) -> None:
        if self._frame.clause == "list":
            self._end_item(place)
        self._without_alias(place)

    # --- words ---

    def _word(self, place: int) -> None:
        token, frame = self._tokens[place], self._frame
        if frame.role == "names":
            if token.could_name:
                token.defines = token.name
                frame.names.append(token.name)
        elif (
            frame.clause == "with" and self._in_with(token) or frame.clause == "from" and self._in_from(place)
        ):
            return
        elif token.kind == "word":
            self._keyword(place)

    def _keyword(self, place: int) -> None:
        frame, lower, before = self._frame, self._lower(place), self._lower(place - 1)
        if lower == "with" and not frame.selects and frame.clause == "":
            frame.clause, frame.expects = "with", "name"
        elif lower == "select":
            frame.scope = Scope(frame.outer)
            frame.selects.append(frame.scope)
            frame.clause, frame.first = "list", place + 1
        elif frame.scope is None or not frame.selects or frame.clause == "":
            return
        elif lower in ("distinct", "all") and before == "select":
            frame.first = place + 1
        elif lower == "from" and frame.clause == "list" and before != "distinct":
            self._finish(place)
            frame.clause, frame.expects = "from", "source"
        elif lower in _CLAUSES and before != "within":
            self._finish(place)
            frame.clause, frame.expects, frame.scope.is_past_from = lower, "", True
        elif lower in _COMPOUNDS:
            self._finish(place)
            frame.clause, frame.expects = "", ""

    def _in_with(self, token: Token) -> bool:
        frame = self._frame
        if frame.expects == "name" and token.could_name:
            token.defines = frame.cte_name = token.name
            frame.names, frame.expects = [], "columns"
            return True
        if token.lower == "as" and frame.expects in ("columns", "as"):
            # A recursive one may select from itself.
            self._define_cte(None)
            frame.expects = "body"
        return token.lower != "select"

    def _define_cte(self, columns: Columns | None) -> None:
        frame = self._frame
        if frame.names:
            columns = {name.lower(): Column(name) for name in frame.names}
        frame.ctes[frame.cte_name.lower()] = Table(frame.cte_name, columns)

    def _in_from(self, place: int) -> bool:
        """Read a word of a FROM clause; False when it is a keyword that means something else, too."""
        token, frame, after = self._tokens[place], self._frame, self._lower(place + 1)
        if frame.expects == "alias":
            if token.lower == "as":
                return True
            if token.could_name and token.lower not in _CLAUSES:
                token.defines = token.name
                if frame.scope and frame.scope.sources:
                    frame.scope.sources[-1].alias, frame.scope.sources[-1].table = token.name, None
                frame.expects = ""
                return True
            self._without_alias(place)
        if token.lower == "join":
            frame.expects = "source"
            return True
        if frame.expects == "source" and token.could_name:
            if after == "(":
                frame.expects, frame.function = "arguments", token.name
            else:
                self._table(place)
            return True
        return False

    def _table(self, place: int) -> None:
        # Of `main.posts` the last part is the table; the reader comes here for the first one.
        while self._lower(place + 1) == "." and place + 2 < len(self._tokens):
            place += 2
        token, frame = self._tokens[place], self._frame
        lower = token.name.lower()
        known = next((one.ctes[lower] for one in reversed(self._frames) if lower in one.ctes), None)
        token.table = known or self._tables.get(lower) or Table(token.name)
        if frame.scope is not None:
            frame.scope.sources.append(Source(token.table.name, token.table.columns, token.table))
        frame.expects = "alias"

    def _without_alias(self, place: int) -> None:
        """A source that turned out to have no other name."""
        frame = self._frame
        if frame.clause == "from" and frame.expects == "alias":
            closing = self._tokens[place - 1]
            closing.needs_alias = closing.text == ")" and bool(
                frame.scope and not frame.scope.sources[-1].alias
            )
            frame.expects = ""

    # --- select lists ---

    def _end_item(self, place: int) -> None:
        """Read an item of the select list, whose last token is the one before `place`."""
        frame, item = self._frame, self._tokens[self._frame.first : place]
        if frame.scope is None or not item:
            return
        last, alias = item[-1], None
        if len(item) > 2 and item[-2].lower == "as" and last.kind in ("word", "quoted", "string"):
            alias, item = last, item[:-2]
        elif len(item) > 1 and last.could_name and _ends_value(item[-2]) and not _is_typed(item):
            alias, item = last, item[:-1]
        path = item if _is_path(item) else []
        if alias is not None:
            alias.defines, alias.selects_path = alias.name, bool(path)
            frame.scope.outputs.append((alias.name, path))
        elif path and last.text == "*":
            frame.scope.stars.append(path[-3].name if len(path) > 1 else "")
        elif path:
            last.column_as = last.name
            frame.scope.outputs.append((last.name, path))

    # --- neighbours ---

    def _is_term(self, place: int) -> bool:
        return self._lower(place - 1) in ("by", ",") and self._lower(place + 1) in _TERM_ENDS

    def _lower(self, place: int) -> str:
        return self._tokens[place].lower if 0 <= place < len(self._tokens) else ""

    def _in_path(self, place: int) -> bool:
        """Whether the token is a part of a path that is not its first; what it means hangs on that one."""
        return self._tokens[place].text == "." or self._lower(place - 1) == "."


def _is_path(item: list[Token]) -> bool:
    names, dots = item[::2], item[1::2]
    if len(item) % 2 == 0 or any(token.text != "." for token in dots):
        return False
    if len(item) == 1 and item[0].kind == "string":
        return False
    return all(token.could_name for token in names[:-1]) and (names[-1].could_name or names[-1].text == "*")


def _ends_value(token: Token) -> bool:
    if token.kind == "word":
        return token.lower in _VALUES or not (token.is_keyword or token.lower in _OPERATORS)
    return token.kind in ("quoted", "string", "number") or token.text == ")"


def _is_typed(item: list[Token]) -> bool:
    """Whether an item is PostgreSQL's own: `date '2020-01-01'`, or `a::double precision`."""
    last, before = item[-1], item[-2]
    if last.kind == "string":
        return before.kind == "word" and before.lower in _TYPES and len(item) == 2
    return last.kind == "word" and any(token.text == ":" for token in item)

"""The texts of view queries: which columns and tables a SELECT names, as far as a simple reader can tell.

Not a parser of SQL: the database judges the query, this only finds out which collection a column comes from.
Reference: contract/collections.md 7.1 and 7.2; core/view.go, PocketBase v0.39.11.
"""

import re
from dataclasses import dataclass

from platform_app.wire.json_text import quote
from platform_app.wire.tokenizer import Unbalanced, split

# Blanks, with or without such a word behind them: so that no blank is looked at from each one before it.
_JOIN = re.compile(
    r"\s+(?:(full\s+outer\s+join|left\s+outer\s+join|right\s+outer\s+join|full\s+join|cross\s+join"
    r"|inner\s+join|outer\s+join|left\s+join|right\s+join|join)\s)?",
    re.IGNORECASE | re.ASCII,
)
_IGNORED = re.compile(r"\s+(?:(where|group\s+by|having|order|limit|with)\s)?", re.IGNORECASE | re.ASCII)
_COMMENT = re.compile(r"(/\*.*?\*/)|(--[^\n]+$)", re.DOTALL | re.MULTILINE)
_JOIN_MARK, _IGNORED_MARK = "__pb_join__", "__pb_discard__"

_NAME_QUOTES = '`"[];'


class InvalidViewQuery(Exception):
    """A query that cannot become a view collection, with the reason as a text for people."""


@dataclass(frozen=True, slots=True)
class Named:
    """An expression of a query and the name that it goes by."""

    original: str
    alias: str


@dataclass(frozen=True, slots=True)
class ViewQuery:
    """What a query selects, and from which tables; the first table owns the unqualified columns."""

    columns: tuple[Named, ...]
    tables: tuple[Named, ...]


def single_statement(text: str) -> str:
    """`text` without semicolons around it. Raises InvalidViewQuery when several statements are left."""
    query = text.strip().strip(";")
    try:
        statements = _tokens(query, ";")
    except InvalidViewQuery:
        return query  # whoever reads the select list says more precisely where the quote stays open
    if len(statements) > 1:
        raise InvalidViewQuery("multiple statements are not supported")
    return query


def parse_view_query(text: str) -> ViewQuery:
    """Raises InvalidViewQuery for a select list that the simple reader does not understand."""
    query = text.strip().strip(";")
    query = _COMMENT.sub(" ", query)
    query = _JOIN.sub(lambda found: f" {_JOIN_MARK} " if found[1] else found[0], query)
    query = _IGNORED.sub(lambda found: f" {_IGNORED_MARK} " if found[1] else found[0], query)
    selected, tables, joined = _parts(query)
    return ViewQuery(_named(selected), (*_named(tables), *_named(joined)))


def _parts(query: str) -> tuple[str, str, str]:
    """The texts of the select list, of FROM and of the joins, the latter separated by commas."""
    parts = {"select": "", "from": "", "join": ""}
    current = ""
    is_skipping = False
    for token in _tokens(query, ", \n\t", keeps_separators=True):
        word = token.strip().lower()
        if word in ("select", "from"):
            current, is_skipping = word, False
        elif word == "distinct":
            continue
        elif word == _JOIN_MARK:
            if current == "join":
                parts["join"] += ","
            current, is_skipping = "join", False
        elif word == _IGNORED_MARK:
            is_skipping = True
        else:
            is_skipping = is_skipping or (current == "join" and word == "on")
            if current and not is_skipping:
                parts[current] += f" {token}"
    return parts["select"], parts["from"], parts["join"]


def _named(text: str) -> tuple[Named, ...]:
    return tuple(_named_one(_tokens(item, " \n\t")) for item in _tokens(text, ","))


def _named_one(words: list[str]) -> Named:
    if len(words) == 3:
        if words[1].lower() != "as":
            raise InvalidViewQuery(f'invalid identifier part - expected "as", got {words[1]}')
        original, alias = words[0], words[2]
    elif len(words) == 2:
        original, alias = words
    elif len(words) == 1:
        original, alias = words[0], words[0].rsplit(".", 1)[-1]
    else:
        raise InvalidViewQuery(f"invalid identifier parts [{' '.join(words)}]")
    return Named(_unquoted(original, _NAME_QUOTES), _unquoted(alias, f"{_NAME_QUOTES}'"))


def _unquoted(path: str, quotes: str) -> str:
    return ".".join(part.strip(quotes) for part in path.split("."))


def _tokens(text: str, separators: str, *, keeps_separators: bool = False) -> list[str]:
    """The tokens of `text`. Raises InvalidViewQuery when a quote or bracket stays open."""
    try:
        return split(text, separators, keeps_separators=keeps_separators)
    except Unbalanced as error:
        raise InvalidViewQuery(
            f"unbalanced parenthesis or quoted expression: {quote(error.token)}"
        ) from error

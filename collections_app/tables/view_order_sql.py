"""The order of a view's rows on PostgreSQL: its query, with the row counter of its first table.

Whoever lists a view without a sort expects its rows as SQLite finds them: in the order in which those of the
first table were made, or as the query sorts them. So the view hands the counter of its first table on, in a
hidden column that is NULL where rows come from no single one (GROUP BY, DISTINCT, UNION). The texts are
PostgreSQL's own; as elsewhere, this only finds the few words that matter, and the database judges the result.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from platform_app.database.quoting_sql import quoted
from platform_app.database.row_counter import ROW_COUNTER

_TOKEN = re.compile(
    r"""
    (?P<blank> \s+ | --[^\n]* | /\*.*?\*/ )
  | (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` )
  | (?P<word> [^\W\d][\w$]* )
  | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_COUNTER = f'"{ROW_COUNTER}"'
_UNITED = frozenset({"union", "intersect", "except"})
_GROUPED = frozenset({"group", "having"})
_AFTER_ORDER = frozenset({"limit", "offset", "fetch", "for"})
# What may follow the first table instead of its alias.
_NO_ALIAS = (
    _UNITED | _GROUPED | _AFTER_ORDER
    | {"cross", "full", "inner", "join", "left", "natural", "on", "order", "right", "tablesample", "where"}
    | {"window"}
)  # fmt: skip
_ROW_NUMBER = re.compile(r"(\brow_number\s*\(\s*\)\s*over\s*\()\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, quoted text or sign outside of comments; `word` is in lower case, "" for what is none."""

    text: str
    word: str
    start: int
    end: int
    depth: int


def sorts_itself(query: str) -> bool:
    """Whether a query, in whatever dialect, has an ORDER BY for its own rows."""
    return _order_end(_outer(query)) is not None


def numbered_queries(query: str) -> Iterator[str]:
    """The query with one more column, the counter: ways to say it, the best one first.

    The database may refuse all but the last. Rows that the query leaves equal get an order, too.
    """
    tokens = _outer(query)
    source = _first_table(tokens)
    if source is not None:
        counter = f"{source}.{_COUNTER}"
        yield _with_counter(_with_ties(query, tokens, f'{counter}, "id"'), counter)
    for text in (_with_ties(query, tokens, '"id"'), query):
        yield f"SELECT *, NULL::bigint AS {_COUNTER} FROM ({text}\n) AS numbered"


def without_counters(query: str, columns: Mapping[str, Sequence[str]]) -> str:
    """A query whose wildcards and natural joins do not see the counters.

    `columns` are those of every table that has one, by its name; the tables that a query mentions are read
    through a list of them.
    """
    tokens = list(_tokens(query))
    if not _has_wildcard(tokens):
        return query
    mentioned = {token.text.strip('"') for token in tokens}
    shown = [
        f"{quoted(table)} AS NOT MATERIALIZED (SELECT {', '.join(map(quoted, names))} FROM {quoted(table)})"
        for table, names in columns.items()
        if table in mentioned
    ]
    return f"WITH {', '.join(shown)} SELECT * FROM ({query}\n) AS shown" if shown else query


def numbered_definition(definition: str) -> str:
    """What PostgreSQL keeps of a view, with a counter that counts nothing."""
    return f"SELECT *, NULL::bigint AS {_COUNTER} FROM ({definition.rstrip().rstrip(';')}) AS numbered"


# --- reading ------------------------------------------------------------------------------------------


def _tokens(query: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(query):
        text = match.group()
        depth -= text == ")"
        if match.lastgroup != "blank":
            word = text.lower() if match.lastgroup == "word" else ""
            yield _Token(text, word, match.start(), match.end(), depth)
        depth += text == "("


def _outer(query: str) -> list[_Token]:
    """What stands outside of all brackets, these included."""
    return [token for token in _tokens(query) if token.depth == 0]


def _first_table(tokens: list[_Token]) -> str | None:
    """The name by which the query calls its first table, when each of its rows is one of that table."""
    words = {token.word for token in tokens}
    start = _place(tokens, "select")
    if start is None or words & (_UNITED | _GROUPED) or _word_at(tokens, start + 1) == "distinct":
        return None
    place = _from(tokens)
    if place is None or place + 1 >= len(tokens):
        return None
    name, *rest = tokens[place + 1 : place + 4]
    if not _is_name(name):
        return None
    if rest and rest[0].word == "as":
        return rest[1].text if len(rest) > 1 else None
    if rest and _is_name(rest[0]) and rest[0].word not in _NO_ALIAS:
        return rest[0].text
    return name.text if not rest or rest[0].text not in (".", "(") else None


def _from(tokens: list[_Token]) -> int | None:
    start = _place(tokens, "select")
    if start is None:
        return None
    for place in range(start, len(tokens)):
        if tokens[place].word == "from" and tokens[place - 1].word != "distinct":  # IS DISTINCT FROM
            return place
    return None


def _order_end(tokens: list[_Token]) -> int | None:
    """Where the terms of the query's own ORDER BY end in its text."""
    for place, token in enumerate(tokens):
        if token.word == "order" and _word_at(tokens, place + 1) == "by":
            rest = tokens[place + 2 :]
            terms = rest[: next((at for at, one in enumerate(rest) if one.word in _AFTER_ORDER), len(rest))]
            return terms[-1].end if terms else None
    return None


def _has_wildcard(tokens: list[_Token]) -> bool:
    return any(
        token.word == "natural" or (token.text == "*" and place > 0 and _opens_a_list(tokens[place - 1]))
        for place, token in enumerate(tokens)
    )


def _opens_a_list(token: _Token) -> bool:
    return token.word in ("select", "all", "distinct") or token.text in (",", ".")


def _place(tokens: list[_Token], word: str) -> int | None:
    return next((place for place, token in enumerate(tokens) if token.word == word), None)


def _word_at(tokens: list[_Token], place: int) -> str:
    return tokens[place].word if place < len(tokens) else ""


def _is_name(token: _Token) -> bool:
    return bool(token.word) or token.text.startswith('"')


# --- writing ------------------------------------------------------------------------------------------


def _with_ties(query: str, tokens: list[_Token], ties: str) -> str:
    end = _order_end(tokens)
    return query if end is None else f"{query[:end]}, {ties}{query[end:]}"


def _with_counter(query: str, counter: str) -> str:
    tokens = _outer(query)
    first, place = _place(tokens, "select"), _from(tokens)
    if first is None or place is None:
        return query
    start, end = tokens[first].start, tokens[place].start
    selected = query[start:end]
    if not any(token.word == "select" and start < token.start < end for token in _tokens(query)):
        # Numbers that a view gives to its rows follow the rows, however these lie on the disk.
        selected = _ROW_NUMBER.sub(rf"\1ORDER BY {_escaped(counter)})", selected)
    return f"{query[:start]}{selected}, {counter} AS {_COUNTER} {query[end:]}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\")

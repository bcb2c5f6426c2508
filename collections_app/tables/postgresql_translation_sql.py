"""Texts that people wrote for SQLite (index conditions, view queries) as PostgreSQL understands them.

Only the spelling differs that both engines read differently: quoted names, names with capitals (PostgreSQL
folds bare ones), `==`, and 1/0 compared with a boolean column. Functions keep their names:
`filterlang.dialects` adds the missing ones to the database.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
  | (?P<string> '(?:[^']|'')*' )
  | (?P<quoted> `(?:[^`]|``)*` | \[[^\]]*\] | "(?:[^"]|"")*" )
  | (?P<word> [A-Za-z_][\w$]* )
  | (?P<blank> \s+ )
  | (?P<other> \d[\w.]* | == | != | <> | <= | >= | \|\| | . )
    """,
    re.VERBOSE | re.DOTALL,
)
# Words that SQLite never takes for a name when they stand bare, plus the joins that it might.
# fmt: off
_KEYWORDS = frozenset({
    "add", "all", "alter", "and", "as", "asc", "between", "by", "case", "cast", "check", "collate",
    "cross", "current_date", "current_time", "current_timestamp", "desc", "distinct", "else", "end",
    "escape", "except", "exists", "false", "filter", "from", "full", "glob", "group", "having", "in",
    "inner", "intersect", "is", "isnull", "join", "left", "like", "limit", "natural", "not", "notnull",
    "null", "offset", "on", "or", "order", "outer", "over", "partition", "recursive", "right", "select",
    "set", "then", "to", "true", "union", "unique", "using", "values", "when", "where", "with",
})
# fmt: on
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

    def exact(self, name: str) -> str:
        return self.exact_by_lower.get(name.lower(), name)


@dataclass(slots=True)
class _Token:
    """A piece of the text and what stands around it, blanks and comments left out."""

    kind: str
    text: str
    before: str = ""
    compared: str = ""  # what stands left of the comparison that this is the right side of
    after: str = ""
    in_cast: bool = False

    @property
    def is_alias(self) -> bool:
        return self.kind == "word" and self.before == "as" and not self.in_cast


def translate(text: str, names: Names) -> str:
    """`text` for PostgreSQL.

    >>> translate("`tokenKey` != '' and active = 1", Names.of(["tokenKey", "active"], ["active"]))
    '"tokenKey" != \\'\\' and "active" = TRUE'
    """
    tokens = [_Token(match.lastgroup or "other", match.group()) for match in _TOKEN.finditer(text)]
    _look_around([token for token in tokens if token.kind not in {"blank", "comment"}])
    aliases = {token.text.lower(): token.text for token in tokens if token.is_alias}
    known = Names({**aliases, **names.exact_by_lower}, names.booleans)
    return "".join(_written(token, known) for token in tokens)


def _look_around(tokens: list[_Token]) -> None:
    brackets: list[bool] = []  # for each open bracket: does it belong to a CAST?
    for position, token in enumerate(tokens):
        token.before = tokens[position - 1].text.lower() if position else ""
        token.compared = _left_side(tokens, position)
        token.after = tokens[position + 1].text if position + 1 < len(tokens) else ""
        if token.text == "(":
            brackets.append(token.before == "cast")
        token.in_cast = bool(brackets and brackets[-1])
        if token.text == ")" and brackets:
            brackets.pop()


def _left_side(tokens: list[_Token], position: int) -> str:
    left = position - 1
    while left >= 0 and tokens[left].text.lower() in _COMPARISONS:
        left -= 1
    return tokens[left].text if left >= 0 else ""


def _written(token: _Token, names: Names) -> str:
    if token.kind == "quoted":
        return _quoted(token.text, names)
    if token.kind == "word":
        return _word(token, names)
    if token.text == "==":
        return "="
    if token.text in _TRUTHS and token.before in _COMPARISONS:
        compared = token.compared.strip('`"[]').lower()
        return _TRUTHS[token.text] if compared in names.booleans else token.text
    return token.text


def _quoted(text: str, names: Names) -> str:
    inner = text[1:-1]
    if text[0] == '"' and inner.lower() not in names.exact_by_lower:
        # SQLite takes a double-quoted text that is no name for a string.
        return "'" + inner.replace('""', '"').replace("'", "''") + "'"
    return _identifier(names.exact(inner.replace(text[0] * 2, text[0])))


def _word(token: _Token, names: Names) -> str:
    if token.after == "(":
        return _RENAMED_FUNCTIONS.get(token.text.lower(), token.text)
    if token.is_alias:
        return _identifier(token.text)
    if token.in_cast and token.before == "as":
        return token.text
    if token.text.lower() in names.exact_by_lower and token.text.lower() not in _KEYWORDS:
        return _identifier(names.exact(token.text))
    return token.text


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

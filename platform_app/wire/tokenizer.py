"""Splits a text at separators, but not at those inside quotes and brackets.

Not a parser of SQL, though view queries and indexes are read with it: a quote is `'`, `"` or a backtick, only
round brackets count, and a backslash takes the meaning from the quote or bracket behind it.
Reference: tools/tokenizer, PocketBase v0.39.11.
"""

import re
from collections.abc import Iterator
from functools import cache

_BLANKS = "\t\n\v\f\r \x85\xa0"
_QUOTES = "'\"`"
_NUL = "\0"


class Unbalanced(ValueError):
    """A quote or bracket stays open; `token` is where that happens, to the end of the text."""

    def __init__(self, token: str) -> None:
        super().__init__(f"a quote or bracket stays open in {token!r}")
        self.token = token


def split(
    text: str, separators: str, *, keeps_separators: bool = False, heeds_brackets: bool = True
) -> list[str]:
    """The non-empty tokens of `text`, without the blanks around them; every character of `separators` is one.

    A blank that separates is not trimmed, so with `keeps_separators`, where each token ends in the one that
    ended it, none is lost. A NUL ends a token, too, and in place of one it ends the text. Raises Unbalanced.

    >>> split("a, b, (c, d)", ",")
    ['a', 'b', '(c, d)']
    """
    ends = separators + _NUL
    trimmed = "".join(blank for blank in _BLANKS if blank not in separators)
    tokens: list[str] = []
    start = depth = 0
    is_quoted = False
    for position, character, depth, is_quoted in _scanned(text, ends, heeds_brackets=heeds_brackets):
        if character == _NUL and (position == start or depth or is_quoted):
            text = text[:position]
            break
        if character in ends and not depth and not is_quoted:
            tokens.append(text[start : position + (keeps_separators and character != _NUL)])
            start = position + 1
    if depth or is_quoted:
        raise Unbalanced(text[start:])
    tokens.append(text[start:])
    return [stripped for token in tokens if (stripped := token.strip(trimmed))]


def closing_bracket(text: str, opening: int) -> int | None:
    """Where the bracket closes that opens at `opening`; None when it stays open.

    >>> closing_bracket("f(a, ')') b", 1)
    8
    """
    scanned = _scanned(text[opening:], "", heeds_brackets=True)
    return next((opening + at for at, character, depth, _ in scanned if character == ")" and not depth), None)


def _scanned(text: str, separators: str, *, heeds_brackets: bool) -> Iterator[tuple[int, str, int, bool]]:
    """Each mark with its position, and behind it how many brackets and whether a quote is open."""
    depth = 0
    quote = ""
    for match in _marks(separators, heeds_brackets=heeds_brackets).finditer(text):
        position, character = match.start(), match.group()
        if not position or text[position - 1] != "\\":
            if character in _QUOTES:
                quote = "" if quote == character else quote or character
            elif heeds_brackets and not quote and character == "(":
                depth += 1
            elif heeds_brackets and not quote and character == ")" and depth:
                depth -= 1
        yield position, character, depth, bool(quote)


@cache
def _marks(separators: str, *, heeds_brackets: bool) -> re.Pattern[str]:
    # Everything else only stands between them.
    return re.compile(f"[{re.escape(separators + _QUOTES + ('()' if heeds_brackets else ''))}]")

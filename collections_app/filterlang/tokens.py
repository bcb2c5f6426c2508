"""Tokens of the filter language: text cut into names, numbers, quoted text, operators and groups.

Reference: contract/filters.md 1; fexpr v0.6.0, as PocketBase v0.39.11 uses it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from collections_app.filterlang.errors import FilterError

TokenKind = Literal["identifier", "function", "number", "text", "sign", "join", "group"]

SIGNS = frozenset(("=", "!=", "~", "!~", "<", "<=", ">", ">=")) | frozenset(
    ("?=", "?!=", "?~", "?!~", "?<", "?<=", "?>", "?>=")
)

_BLANK = re.compile(r"(?:[ \t\n]+|//[^\n]*\n?)*")
_IDENTIFIER = re.compile(r"[A-Za-z@_#][A-Za-z0-9_.:]*")
_NUMBER = re.compile(r"-?[0-9]*(?:\.[0-9]*)?")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_SIGN = re.compile(r"[=?!><~]+")
_JOIN = re.compile(r"[&|]+")
_BRACKET_OR_QUOTE = re.compile(r"[()'\"]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` is its meaning (escapes decoded, brackets gone), `position` where it starts.

    A function has its argument tokens; a group's text is tokenised by whoever reads the group, and
    starts one character after `position`.
    """

    kind: TokenKind
    text: str
    position: int
    arguments: tuple["Token", ...] = ()


def tokenize(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens of `text`, which begins at character `start` of what the user wrote.

    Raises FilterError at the first character that fits nothing.
    """
    # A NUL byte ends the input for the reference; behind it nothing may follow.
    text = text.removesuffix("\0")
    position = _skip_blank(text, 0, start)
    while position < len(text):
        token, position = _scan(text, position, start)
        yield token
        position = _skip_blank(text, position, start)


def _scan(text: str, at: int, start: int) -> tuple[Token, int]:
    character = text[at]
    if character == "(":
        return _scan_group(text, at, start)
    if _IDENTIFIER.match(character):
        return _scan_name(text, at, start)
    if character in "=?!><~":
        return _scan_run(_SIGN, SIGNS, "sign", text, at, start)
    if character in "&|":
        return _scan_run(_JOIN, frozenset(("&&", "||")), "join", text, at, start)
    return _scan_literal(text, at, start)


def _skip_blank(text: str, at: int, start: int) -> int:
    found = _BLANK.match(text, at)
    end = found.end() if found else at
    if text[end : end + 1] == "/":
        raise FilterError('expected a comment ("//")', start + end)
    return end


def _scan_literal(text: str, at: int, start: int) -> tuple[Token, int]:
    """A number or a quoted text."""
    character = text[at]
    if character in "'\"":
        quoted = _TEXT.match(text, at)
        if quoted is None:
            raise FilterError("expected a closing quote for the text that starts", start + at)
        raw = quoted.group(1) if quoted.group(1) is not None else quoted.group(2)
        if "\0" in raw:
            raise FilterError("expected text without NUL in what starts", start + at)
        return Token("text", _ESCAPE.sub(_unescape, raw), start + at), quoted.end()
    if character == "-" or character in "0123456789":
        number = _NUMBER.match(text, at)
        literal = number.group() if number else ""
        if literal == "-" or literal.endswith("."):
            raise FilterError(f"expected digits in the number {literal!r}", start + at)
        return Token("number", literal, start + at), at + len(literal)
    raise FilterError(f"unexpected character {character!r}", start + at)


def _unescape(found: re.Match[str]) -> str:
    return _ESCAPED.get(found.group(1), found.group())


def _scan_run(
    pattern: re.Pattern[str], allowed: frozenset[str], kind: TokenKind, text: str, at: int, start: int
) -> tuple[Token, int]:
    """A maximal run of operator characters, which must be an operator as a whole."""
    found = pattern.match(text, at)
    run = found.group() if found else ""
    if run not in allowed:
        wanted = " or ".join(sorted(allowed)) if kind == "join" else "an operator"
        raise FilterError(f"expected {wanted}, got {run!r}", start + at)
    return Token(kind, run, start + at), at + len(run)


def _scan_name(text: str, at: int, start: int) -> tuple[Token, int]:
    """An identifier, or a function when a bracket follows at once."""
    found = _IDENTIFIER.match(text, at)
    name = found.group() if found else ""
    if name[-1:] in (".", ":") or name in ("@", "_", "#"):
        raise FilterError(f"expected a complete name, got {name!r}", start + at)
    end = at + len(name)
    if text[end : end + 1] != "(":
        return Token("identifier", name, start + at), end
    arguments, end = _scan_arguments(name, text, end + 1, start)
    return Token("function", name, start + at, arguments), end


def _scan_arguments(name: str, text: str, at: int, start: int) -> tuple[tuple[Token, ...], int]:
    """What stands between a function's brackets; a trailing comma is tolerated."""
    arguments: list[Token] = []
    is_after_comma = True
    while True:
        at = _skip_blank(text, at, start)
        character = text[at : at + 1]
        if character == ")":
            return tuple(arguments), at + 1
        if character == "," and not is_after_comma:
            is_after_comma = True
            at += 1
            continue
        if not character or not is_after_comma:
            wanted = "an argument or )" if is_after_comma else ", or )"
            raise FilterError(f"expected {wanted} in {name}(...)", start + at)
        if _IDENTIFIER.match(character):
            argument, at = _scan_name(text, at, start)
            if argument.kind == "function":
                raise FilterError(
                    "expected a name, text or number as argument, got a call", argument.position
                )
        else:
            argument, at = _scan_literal(text, at, start)
        arguments.append(argument)
        is_after_comma = False


def _scan_group(text: str, at: int, start: int) -> tuple[Token, int]:
    """Everything up to the matching bracket; brackets inside quotes do not count."""
    depth = 0
    position = at
    while found := _BRACKET_OR_QUOTE.search(text, position):
        position = found.end()
        mark = found.group()
        if mark in "'\"":
            quoted = _TEXT.match(text, found.start())
            if quoted is None:
                raise FilterError("expected a closing quote for the text that starts", start + found.start())
            position = quoted.end()
        else:
            depth += 1 if mark == "(" else -1
            if depth == 0:
                return Token("group", text[at + 1 : position - 1], start + at), position
    raise FilterError("expected ) for the bracket that opens", start + at)

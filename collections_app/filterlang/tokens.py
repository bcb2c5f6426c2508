"""Tokens of the filter language: text cut into names, numbers, quoted text, operators and groups.

Reference: contract/filters.md 1; fexpr v0.6.0, as PocketBase v0.39.11 uses it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from collections_app.filterlang.errors import FilterError
from platform_app.wire.json_text import quote

TokenKind = Literal["identifier", "function", "number", "text", "sign", "join", "group"]

SIGNS = frozenset(("=", "!=", "~", "!~", "<", "<=", ">", ">=")) | frozenset(
    ("?=", "?!=", "?~", "?!~", "?<", "?<=", "?>", "?>=")
)

JOINS = frozenset(("&&", "||"))

_BLANK = re.compile(r"(?:[ \t\n]+|//[^\n]*\n?)*")
_IDENTIFIER = re.compile(r"[A-Za-z@_#][A-Za-z0-9_.:]*")
_NUMBER = re.compile(r"-?[0-9]*(?:\.[0-9]*)?")
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_SIGN = re.compile(r"[=?!><~]+")
_JOIN = re.compile(r"[&|]+")
_BRACKET_OR_QUOTE = re.compile(r"[()'\"]")
_ESCAPE = re.compile(r"\\(.|$)", re.DOTALL)
_NUMBER_STARTS = frozenset("-0123456789")
MAX_FUNCTION_DEPTH = 3

_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


class Token(NamedTuple):
    """One token: `text` is its meaning (escapes decoded, brackets gone).

    A function has its argument tokens; a group says where in the text stands what its brackets hold, and is
    tokenised by whoever reads it.
    """

    kind: TokenKind
    text: str
    arguments: tuple["Token", ...] = ()
    start: int = 0
    end: int = 0


Scan = Callable[["Source", int], tuple[Token, int]]

# By the place of an opening bracket, that of the one which closes it.
Brackets = dict[int, int]


class Source(NamedTuple):
    """A text that is read up to `end`, and which of its brackets are known to belong together.

    A group is a part of the same text, so that groups within groups are not copied.
    """

    text: str
    end: int
    brackets: Brackets

    def starts(self, mark: str, at: int) -> bool:
        return self.text.startswith(mark, at, self.end)

    def character(self, at: int) -> str:
        return self.text[at] if at < self.end else ""


def tokenize(
    text: str, start: int = 0, end: int | None = None, brackets: Brackets | None = None
) -> Iterator[Token]:
    """The tokens of `text`, or of the part of it that a group holds. Pass the same `brackets` for all groups.

    Raises FilterError at the first character that fits nothing.
    """
    end = len(text) if end is None else end
    # A NUL byte ends the input for the reference; behind it nothing may follow.
    if end > start and text[end - 1] == "\0":
        end -= 1
    source = Source(text, end, {} if brackets is None else brackets)
    position = _skip_blank(source, start)
    while position < end:
        token, position = _scan(source, position)
        yield token
        position = _skip_blank(source, position)


def _scan(source: Source, at: int) -> tuple[Token, int]:
    character = source.text[at]
    if character == "(":
        return _scan_group(source, at)
    if _IDENTIFIER.match(character):
        return _scan_name(source, at, MAX_FUNCTION_DEPTH)
    if character in "=?!><~":
        return _scan_run(_SIGN, SIGNS, "sign", source, at)
    if character in "&|":
        return _scan_run(_JOIN, JOINS, "join", source, at)
    if character in "'\"":
        return _scan_text(source, at)
    if character in _NUMBER_STARTS:
        return _scan_number(source, at)
    raise FilterError(f"unexpected character {_quoted_character(character)}")


def _skip_blank(source: Source, at: int) -> int:
    found = _BLANK.match(source.text, at, source.end)
    end = found.end() if found else at
    if end < source.end and source.text[end] == "/":
        raise FilterError("invalid comment")
    return end


class _BadToken(FilterError):
    """`literal` is what there is of the token."""

    def __init__(self, message: str, literal: str) -> None:
        super().__init__(message)
        self.literal = literal


def _scan_text(source: Source, at: int) -> tuple[Token, int]:
    quoted = _TEXT.match(source.text, at, source.end)
    if quoted is None or "\0" in quoted.group():
        raise _unquoted(source.text[at] + _ESCAPE.sub(_unescape, _unterminated(source, at)[1:]))
    raw = quoted.group(1) if quoted.group(1) is not None else quoted.group(2)
    return Token("text", _ESCAPE.sub(_unescape, raw)), quoted.end()


def _unterminated(source: Source, at: int) -> str:
    """What there is of a text without an end; a NUL is the end of everything."""
    return source.text[at : source.end].partition("\0")[0]


def _unquoted(literal: str) -> FilterError:
    return _BadToken(f"invalid quoted text {quote(literal)}", literal)


def _unescape(found: re.Match[str]) -> str:
    character = found.group(1)
    return _ESCAPED.get(character, found.group()) if character else ""


def _scan_number(source: Source, at: int) -> tuple[Token, int]:
    found = _NUMBER.match(source.text, at, source.end)
    literal = found.group() if found else ""
    if literal == "-" or literal.endswith("."):
        raise _BadToken(f"invalid number {quote(literal)}", literal)
    return Token("number", literal), at + len(literal)


def _scan_run(
    pattern: re.Pattern[str], allowed: frozenset[str], kind: TokenKind, source: Source, at: int
) -> tuple[Token, int]:
    """A maximal run of operator characters, which must be an operator as a whole."""
    found = pattern.match(source.text, at, source.end)
    run = found.group() if found else ""
    if run not in allowed:
        raise FilterError(f"invalid {kind} operator {quote(run)}")
    return Token(kind, run), at + len(run)


def _scan_name(source: Source, at: int, depth: int) -> tuple[Token, int]:
    """An identifier, or a function when a bracket follows at once; `depth` is how deep calls may still go."""
    found = _IDENTIFIER.match(source.text, at, source.end)
    name = found.group() if found else ""
    end = at + len(name)
    is_function = source.starts("(", end)
    if is_function and depth <= 0:
        raise _BadToken(f"max nested function arguments reached (max: {MAX_FUNCTION_DEPTH})", name)
    if name[-1:] in (".", ":") or name in ("@", "_", "#"):
        raise _BadToken(f"invalid {'function name' if is_function else 'identifier'} {quote(name)}", name)
    if not is_function:
        return Token("identifier", name), end
    arguments, end = _scan_arguments(name, source, end + 1, depth)
    return Token("function", name, arguments), end


def _scan_arguments(name: str, source: Source, at: int, depth: int) -> tuple[tuple[Token, ...], int]:
    """What stands between a function's brackets; a trailing comma is tolerated."""
    arguments: list[Token] = []
    is_after_comma = True
    function = f"function {quote(name)}"
    while True:
        try:
            at = _skip_blank(source, at)
        except FilterError as error:
            raise _BadToken(f"failed to scan comment in {function}: {error}", name) from error
        character = source.character(at)
        if character == ")":
            return tuple(arguments), at + 1
        if not character or character == "\0":
            raise _BadToken(f"invalid or incomplete {function} (expected ')')", name)
        if character == ",":
            if is_after_comma:
                raise _BadToken(f"unexpected comma in {function}", name)
            is_after_comma = True
            at += 1
            continue
        if not is_after_comma:
            raise _BadToken(f"expected comma after the last argument in {function}", name)
        kind, scan = _argument_scanner(character, depth)
        if scan is None:
            raise _BadToken(
                f"unsupported argument character {_quoted_character(character)} in {function}", name
            )
        try:
            argument, at = scan(source, at)
        except _BadToken as error:
            message = f"invalid {kind} argument {quote(error.literal)} in {function}: {error}"
            raise _BadToken(message, name) from error
        arguments.append(argument)
        is_after_comma = False


def _argument_scanner(character: str, depth: int) -> tuple[str, Scan | None]:
    """What begins with `character` inside the brackets of a call, and how it is read."""
    if _IDENTIFIER.match(character):
        return "identifier", lambda source, at: _scan_name(source, at, depth - 1)
    if character in _NUMBER_STARTS:
        return "number", _scan_number
    return "text", _scan_text if character in "'\"" else None


def _scan_group(source: Source, at: int) -> tuple[Token, int]:
    """Everything up to the matching bracket; brackets inside quotes do not count."""
    if at not in source.brackets:
        _match_brackets(source, at)
    end = source.brackets[at]
    return Token("group", "", start=at + 1, end=end), end + 1


def _match_brackets(source: Source, at: int) -> None:
    """Find out where the bracket at `at` closes, and those inside it, so that each is looked for once."""
    opened: list[int] = []
    position = at
    while found := _BRACKET_OR_QUOTE.search(source.text, position, source.end):
        position = found.end()
        mark = found.group()
        if mark == "(":
            known = source.brackets.get(found.start())
            if known is None:
                opened.append(found.start())
            else:
                position = known + 1
        elif mark == ")":
            source.brackets[opened.pop()] = found.start()
            if not opened:
                return
        else:
            quoted = _TEXT.match(source.text, found.start(), source.end)
            if quoted is None:
                raise _unquoted(_unterminated(source, found.start()))
            position = quoted.end()
    raise FilterError(f"invalid formatted group - missing {len(opened)} closing bracket(s)")


def _quoted_character(character: str) -> str:
    """A character as Go's `%q` shows it, between single quotes."""
    if character == "'":
        return r"'\''"
    return f"'{character}'" if character == '"' else f"'{quote(character)[1:-1]}'"

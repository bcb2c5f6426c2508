"""JSON as text: is it JSON, without its white space, and values written as Go's encoder writes them.

Reference: contract/fields.md 11 and 19.2; encoding/json of Go 1.25.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from platform_app.wire.json_encoding import encode, json_number
from platform_app.wire.raw_json import RawJson

MAX_DEPTH = 10_000

_BLANK = re.compile(r"[ \t\r\n]")
_STRING = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(rf"[ \t\r\n]*(?:([\[\]{{}},:])|({_STRING})|({_NUMBER}|true|false|null))")
_STRING_OR_BLANKS = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")|[ \t\r\n]+', re.DOTALL)
_QUOTED = {
    "\a": r"\a", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v",
    '"': r"\"", "\\": r"\\",
}  # fmt: skip


def is_json(text: str) -> bool:
    """Whether `text` is one JSON value with nothing but blanks around it."""
    try:
        orjson.loads(str(text))  # orjson takes no subclasses of str
    except orjson.JSONDecodeError:
        # orjson refuses lone surrogates, numbers beyond doubles and deep nesting, which are fine as text.
        return _is_json(text)
    return True


def _is_json(text: str) -> bool:
    at = 0
    closers: list[str] = []
    wanted = "value"
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            return False
        at = match.end()
        mark, string, _ = match.groups()
        if wanted in ("key", "key or end") and string:
            wanted = "colon"
            continue
        if wanted == "colon" and mark == ":":
            wanted = "value"
            continue
        if wanted == "more" and mark == ",":
            wanted = "key" if closers[-1] == "}" else "value"
            continue
        if wanted in ("value", "value or end") and mark in ("[", "{"):
            closers.append("]" if mark == "[" else "}")
            if len(closers) > MAX_DEPTH:
                return False
            wanted = "value or end" if mark == "[" else "key or end"
            continue
        if wanted in ("more", "value or end", "key or end") and mark == closers[-1]:
            closers.pop()
        elif wanted not in ("value", "value or end") or mark:
            return False
        if not closers:
            return not text[at:].strip(" \t\r\n")
        wanted = "more"


def compact(text: str) -> str:
    """Valid JSON without the white space between its tokens.

    >>> compact('[1, "a b"]')
    '[1,"a b"]'
    """
    if _BLANK.search(text) is None:
        return text
    return _STRING_OR_BLANKS.sub(lambda match: match[1] or "", text)


def quote(text: str) -> str:
    r"""`text` as a Go string literal, which is JSON too unless it holds control or odd characters.

    >>> quote("a\n\x00")
    '"a\\n\\x00"'
    """
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_quoted(character) for character in text) + '"'


def _quoted(character: str) -> str:
    escape = _QUOTED.get(character)
    if escape is not None:
        return escape
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def go_json(value: Any) -> str:
    """`value` as JSON text: keys sorted, `<>&` escaped, numbers in plain decimals.

    Nesting may be as deep as a request's body may be.
    """
    try:
        return encode(_sorted(value)).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return "".join(_pieces(value))


def _sorted(value: Any) -> Any:
    """`value` with sorted keys and every number as a double that `encode` prints."""
    kind = type(value)
    if kind is dict:
        return {key: _sorted(value[key]) for key in sorted(value)}
    if kind is list or kind is tuple:
        return [_sorted(item) for item in value]
    if kind is float or kind is int:
        return json_number(float(value))
    return value


def _pieces(value: Any) -> Iterator[str]:
    """The text of a deeply nested value, without recursion: `todo` holds values and ready text."""
    todo: list[tuple[Any, bool]] = [(value, False)]
    while todo:
        item, is_text = todo.pop()
        if is_text:
            yield item
        elif isinstance(item, dict):
            todo.append(("}", True))
            for number, key in reversed(list(enumerate(sorted(item)))):
                todo.append((item[key], False))
                todo.append((("," if number else "") + encode(key).decode() + ":", True))
            yield "{"
        elif isinstance(item, list | tuple):
            todo.append(("]", True))
            for number, element in reversed(list(enumerate(item))):
                todo.append((element, False))
                if number:
                    todo.append((",", True))
            yield "["
        else:
            yield encode(_sorted(item)).decode()


__all__ = ["MAX_DEPTH", "RawJson", "compact", "go_json", "is_json", "quote"]

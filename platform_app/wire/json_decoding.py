"""Reads the first JSON value of a body as Go's decoder reads it: numbers as doubles, broken text repaired.

orjson reads what is well-formed. What it refuses and the contract takes (trailing bytes, lone surrogates,
invalid UTF-8, nesting over a thousand levels) goes through a slower reader.
Reference: contract/records.md 1.5; encoding/json of Go 1.25.
"""

import math
import re
from typing import Any

import orjson

MAX_DEPTH = 10_000

_BLANKS = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# More than 64 bits hold.
_MOST_DIGITS = 22
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_HEX4 = re.compile(r"[0-9a-fA-F]{4}")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LITERALS = (("true", True), ("false", False), ("null", None))
_REPLACEMENT = "\ufffd"


class MalformedJson(ValueError):
    """The text does not start with a JSON value that the contract takes."""


def decode_json(body: bytes, *, whole: bool = False, keeps_integers: bool = False) -> Any:
    """The first value in `body`, every number a float; what follows it is ignored.

    With `keeps_integers` a number without point and exponent is an int, if 64 bits hold it: what Go decodes
    into members that have a type tells `5` from `5.0`.

    Raises MalformedJson, with `whole` also for anything but blanks after the value.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        reader = _Reader(body.decode("utf-8", errors="replace"), keeps_integers=keeps_integers)
        value = reader.read()
        if whole and reader.text[reader.at :].strip(" \t\n\r"):
            raise MalformedJson("unexpected text after the value") from None
        return value
    return value if keeps_integers else _with_floats(value)


def _with_floats(value: Any) -> Any:
    """`value` with its integers turned into floats, in place and without recursion."""
    if type(value) is int:
        return float(value)
    pending = [value]
    while pending:
        container = pending.pop()
        if type(container) is dict:
            items: Any = container.items()
        elif type(container) is list:
            items = enumerate(container)
        else:
            continue
        for key, item in items:
            kind = type(item)
            if kind is int:
                container[key] = float(item)
            elif kind is dict or kind is list:
                pending.append(item)
    return value


class _Reader:
    """Reads one value without recursion, so that depth is limited by the contract and not by the stack."""

    def __init__(self, text: str, *, keeps_integers: bool) -> None:
        self.text = text
        self.keeps_integers = keeps_integers
        self.at = 0

    def read(self) -> Any:
        # Containers being filled, innermost last, each with the key that waits for its value.
        open_containers: list[tuple[dict[str, Any] | list[Any], str]] = []
        while True:
            value, is_open = self._start_of_value(len(open_containers))
            if is_open:
                key = self._key() if isinstance(value, dict) else ""
                open_containers.append((value, key))
                continue
            while open_containers:
                container, key = open_containers.pop()
                if isinstance(container, dict):
                    container[key] = value
                else:
                    container.append(value)
                if self._goes_on(container):
                    key = self._key() if isinstance(container, dict) else ""
                    open_containers.append((container, key))
                    break
                value = container
            else:
                return value

    def _start_of_value(self, depth: int) -> tuple[Any, bool]:
        """A whole scalar or empty container, or a container whose first item follows (then True)."""
        character = self._next()
        if character in "{[":
            if depth >= MAX_DEPTH:
                raise MalformedJson("nested too deeply")
            self.at += 1
            container: dict[str, Any] | list[Any] = {} if character == "{" else []
            if self._next() == ("}" if character == "{" else "]"):
                self.at += 1
                return container, False
            return container, True
        if character == '"':
            return self._string(), False
        for literal, value in _LITERALS:
            if self.text.startswith(literal, self.at):
                self.at += len(literal)
                return value, False
        return self._number(), False

    def _next(self) -> str:
        """The next character that is not blank, not consumed."""
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at
        if self.at >= len(self.text):
            raise MalformedJson("unexpected end")
        return self.text[self.at]

    def _expect(self, characters: str) -> str:
        found = self._next()
        if found not in characters:
            raise MalformedJson(f"expected one of {characters} at {self.at}, got {found!r}")
        self.at += 1
        return found

    def _key(self) -> str:
        if self._next() != '"':
            raise MalformedJson(f"expected a key at {self.at}")
        key = self._string()
        self._expect(":")
        return key

    def _goes_on(self, container: dict[str, Any] | list[Any]) -> bool:
        return self._expect(",}" if isinstance(container, dict) else ",]") == ","

    def _number(self) -> float | int:
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            raise MalformedJson(f"expected a value at {self.at}")
        self.at = match.end()
        text = match.group()
        if self.keeps_integers and len(text) < _MOST_DIGITS and text.lstrip("-").isdecimal():
            return int(text)
        number = float(text)
        if math.isinf(number):
            raise MalformedJson("number out of range")
        return number

    def _string(self) -> str:
        self.at += 1
        pieces: list[str] = []
        while True:
            match = _PLAIN.match(self.text, self.at)
            if match:
                pieces.append(match.group())
                self.at = match.end()
            character = self.text[self.at : self.at + 1]
            if character == '"':
                self.at += 1
                return "".join(pieces)
            if character != "\\":
                raise MalformedJson(f"unterminated string or raw control character at {self.at}")
            pieces.append(self._escape())

    def _escape(self) -> str:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter != "u":
            if letter not in _ESCAPES:
                raise MalformedJson(f"unknown escape at {self.at}")
            self.at += 2
            return _ESCAPES[letter]
        code = self._code_unit(self.at)
        if code is None:
            raise MalformedJson(f"malformed \\u escape at {self.at}")
        self.at += 6
        if not 0xD800 <= code < 0xE000:
            return chr(code)
        low = self._code_unit(self.at) if code < 0xDC00 else None
        if low is None or not 0xDC00 <= low < 0xE000:
            return _REPLACEMENT
        self.at += 6
        return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00))

    def _code_unit(self, at: int) -> int | None:
        r"""The number in a `\uXXXX` that starts at `at`, or None."""
        digits = self.text[at + 2 : at + 6]
        if self.text[at : at + 2] != "\\u" or not _HEX4.fullmatch(digits):
            return None
        return int(digits, 16)

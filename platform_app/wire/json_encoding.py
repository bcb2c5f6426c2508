"""JSON as the contract writes it: compact, HTML characters escaped, numbers in plain decimals.

Strings and containers go straight through orjson. Two things do not: text that is JSON already
(`RawJson`, spliced in as it is) and floats whose shortest form orjson prints differently, which
`json_number` turns into something that it prints right.
Reference: contract/fields.md 19.1 and contract/system.md 2.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import copysign
from typing import Any

import orjson

from platform_app.wire.casting import format_float
from platform_app.wire.raw_json import RawJson

_EXACT_INTEGERS = 2.0**53
FEW_ITEMS = 50  # are encoded in one go
_PIECE_BYTES = 4 * 1024 * 1024
_PLAIN_FROM = 1e-5  # below, orjson already switches to an exponent; the contract does so below 1e-6

# The five characters that Go's encoder escapes beyond what JSON asks for. They can only stand inside
# strings, so replacing them in the finished text is safe.
_ESCAPED = "<>&\u2028\u2029"
_ESCAPES = tuple((character, f"\\u{ord(character):04x}") for character in _ESCAPED)
_BYTE_ESCAPES = tuple((character.encode(), escape.encode()) for character, escape in _ESCAPES)
# Strings are matched whole, so that only numbers outside them lose their ".0".
_INTEGRAL = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")|\.0(?![0-9])')


def json_number(number: float) -> Any:
    """What `encode` prints as the contract prints this float.

    >>> encode([json_number(5.0), json_number(1e-6), json_number(1e21), json_number(-0.0)])
    b'[5,0.000001,1e+21,-0]'
    """
    if number.is_integer() and -_EXACT_INTEGERS < number < _EXACT_INTEGERS:
        # Zero is the commonest number of all; only the rare negative one needs a text.
        return int(number) if number or copysign(1.0, number) > 0 else RawJson("-0")
    if _PLAIN_FROM <= abs(number) < _EXACT_INTEGERS:
        return number
    return RawJson(format_float(number))


def _default(value: Any) -> Any:
    if isinstance(value, RawJson):
        return orjson.Fragment(str.__str__(value))  # orjson takes no subclass of str
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} is not JSON serializable")


def encode(value: Any) -> bytes:
    """`value` as JSON bytes: dicts with text keys (order kept), lists, texts, numbers and `RawJson`."""
    return _escaped(orjson.dumps(value, _default, orjson.OPT_PASSTHROUGH_SUBCLASS))


def encode_indented(value: Any) -> bytes:
    """The same with a line for each member, two blanks deeper than what holds it."""
    return _escaped(orjson.dumps(value, _default, orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_INDENT_2))


def _escaped(encoded: bytes) -> bytes:
    for character, escape in _BYTE_ESCAPES:
        if character in encoded:
            encoded = encoded.replace(character, escape)
    return encoded


def encode_pieces(members: Mapping[str, Any]) -> Iterator[bytes]:
    """An object as `encode` writes it, its long lists in pieces: no other thread waits for all of it."""
    mark = b"{"
    for key, member in members.items():
        yield mark + encode(key) + b":"
        mark = b","
        if type(member) is list and len(member) > FEW_ITEMS:
            yield from _list_pieces(member)
        else:
            yield encode(member)
    yield b"}" if mark == b"," else b"{}"


def _list_pieces(items: list[Any]) -> Iterator[bytes]:
    mark = b"["
    at, size = 0, FEW_ITEMS
    while at < len(items):
        piece = encode(items[at : at + size])
        yield mark + piece[1:-1]
        mark = b","
        at += size
        size = max(1, size * _PIECE_BYTES // len(piece))
    yield b"]"


def go_json(value: Any) -> str:
    """`value` as JSON text: keys sorted, `<>&` escaped, numbers in plain decimals.

    Nesting may be as deep as a request's body may be.
    """
    try:
        return encode(_sorted(value)).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return "".join(_pieces(value, lambda item: encode(_sorted(item)).decode()))


def go_value(value: Any) -> Any:
    """`value` as `encode` prints it the way of `go_json`; as the text itself when it is nested deep."""
    try:
        found = _sorted(value)
        encode([[found]])  # there are a few levels around it
    except (orjson.JSONEncodeError, RecursionError):
        return RawJson(go_json(value))
    return found


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


def _pieces(value: Any, write: Callable[[Any], str], *, keeps_order: bool = False) -> Iterator[str]:
    """The text of a deeply nested value, without recursion: `todo` holds values and ready text.

    `write` makes the text of what is no container.
    """
    todo: list[tuple[Any, bool]] = [(value, False)]
    while todo:
        item, is_text = todo.pop()
        if is_text:
            yield item
        elif isinstance(item, dict):
            todo.append(("}", True))
            for number, key in reversed(list(enumerate(item if keeps_order else sorted(item)))):
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
            yield write(item)


def json_text(value: Any, *, keeps_order: bool = False, default: Callable[[Any], Any] | None = None) -> str:
    """`value` as rules see it: as `go_json`, but whole numbers keep all their digits, however many.

    `keeps_order` leaves the keys in their order; `default` makes a JSON value of a foreign object.
    """
    write = partial(
        json.dumps, ensure_ascii=False, separators=(",", ":"), sort_keys=not keeps_order, default=default
    )
    try:
        text = write(value)
    except RecursionError:
        text = "".join(_pieces(value, write, keeps_order=keeps_order))
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return _INTEGRAL.sub(r"\1", text) if ".0" in text else text

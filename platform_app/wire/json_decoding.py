"""Reads the first JSON value of a body as Go's decoder reads it: numbers as doubles, broken text repaired.

orjson reads what is well-formed. What it refuses and the contract takes (trailing bytes, lone surrogates,
invalid UTF-8) is read by the standard library's scanner, and what is too deep or too much for one call of
theirs value by value. Each way is linear, and none holds the interpreter lock for long.
Reference: contract/records.md 1.5; encoding/json of Go 1.26.
"""

import codecs
import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

import orjson

from platform_app.wire.json_size import MAX_VALUES, MAX_VALUES_AT_ONCE, count_values
from platform_app.wire.raw_json import RawJson

MAX_DEPTH = 10_000

_BLANKS = re.compile(r"[ \t\n\r]*")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_NEGATIVE_ZERO = re.compile(rb"-0(?![^\], \t\n\r}])(?<![^\[:, \t\n\r]-0)")
# More than 64 bits hold.
_MOST_DIGITS = 22
_INFINITY = float("inf")
# What is done in one go to a text that may be long.
_WINDOW = 256 * 1024
_SHORT = 4096

Scan = Callable[[str, int], tuple[Any, int]]


class MalformedJson(ValueError):
    """The text does not start with a JSON value that the contract takes, or has too many values."""


def decode_json(
    body: bytes, *, whole: bool = False, keeps_integers: bool = False, keeps_infinity: bool = False
) -> Any:
    """The first value in `body`, every number a float; what follows it is ignored.

    With `keeps_integers` a number without point and exponent is an int, if 64 bits hold it: what Go decodes
    into members that have a type tells `5` from `5.0`. With `keeps_infinity` a number that no double holds is
    infinite: Go looks at the numbers that it needs.

    Raises MalformedJson, with `whole` also for anything but blanks after the value.
    """
    if count_values(body) > MAX_VALUES:
        raise MalformedJson("too many values")
    number = float if keeps_infinity else _double
    return _decode(body, number, whole=whole, keeps_integers=keeps_integers)


def decode_stored_json(text: str) -> Any:
    """The value of JSON that was accepted once, however large; a number that no double holds stays a text.

    Raises MalformedJson.
    """
    return _decode(text.encode("utf-8", errors="replace"), _double_or_text, whole=True, keeps_integers=False)


def _decode(body: bytes, number: Callable[[str], Any], *, whole: bool, keeps_integers: bool) -> Any:
    at_once = count_values(body) <= MAX_VALUES_AT_ONCE
    # orjson makes an integer of -0, which has no sign then.
    if at_once and (keeps_integers or not _may_have_negative_zero(body)):
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
        else:
            return value if keeps_integers else _with_floats(value)
    text = _repaired(body)
    decoder = json.JSONDecoder(
        parse_float=number,
        parse_int=_integer_or(number) if keeps_integers else number,
        parse_constant=_refuse_constant,
    )
    try:
        value, end = _read(text, decoder.scan_once, at_once=at_once)  # type: ignore[attr-defined]
    except (ValueError, StopIteration, IndexError) as error:  # as the scanner ends: at a fault, or at the end
        raise MalformedJson(str(error)) from error
    if whole and _BLANKS.fullmatch(text, end) is None:
        raise MalformedJson("unexpected text after the value")
    return without_lone_surrogates(value) if _SURROGATE_ESCAPE.search(text, 0, end) else value


def _may_have_negative_zero(body: bytes) -> bool:
    """Whether there is a `-0` that is a number, or part of a text that looks like one."""
    if b"-0" not in body:
        return False
    search = _NEGATIVE_ZERO.search
    if len(body) <= _WINDOW:
        return search(body) is not None
    # The windows overlap by what a match is long.
    return any(search(body, at, at + _WINDOW + 2) for at in range(0, len(body), _WINDOW))


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


# --- what orjson does not read ----------------------------------------------------------------------


def _repaired(body: bytes) -> str:
    """`body` as text, with U+FFFD for what is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    pieces = [decoder.decode(body[at : at + _WINDOW]) for at in range(0, len(body), _WINDOW)]
    return "".join(pieces) + decoder.decode(b"", final=True)


def _double(digits: str) -> float:
    number = float(digits)
    if abs(number) == _INFINITY:
        raise MalformedJson("number out of range")
    return number


def _double_or_text(digits: str) -> float | RawJson:
    number = float(digits)
    return RawJson(digits) if abs(number) == _INFINITY else number


def _integer_or(number: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda digits: int(digits) if len(digits) < _MOST_DIGITS else number(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(f"{name} is not JSON")


def _read(text: str, scan: Scan, *, at_once: bool) -> tuple[Any, int]:
    """The first value in `text`, and where it ends."""
    if at_once:
        try:
            return scan(text, _skip_blanks(text, 0))
        except RecursionError:
            pass  # a thousand levels are as deep as the scanner goes
    return _read_by_values(text, scan)


def _read_by_values(text: str, scan: Scan) -> tuple[Any, int]:
    """As `_read`, one step for each value, short containers aside, and none inside another."""
    # Containers being filled, innermost last, each with the key that waits for its value.
    open_containers: list[tuple[dict[str, Any] | list[Any], str]] = []
    short = ShortContainers(scan)
    at = 0
    while True:
        at = _skip_blanks(text, at)
        if text[at] in "[{" and (read := short.read(text, at, len(open_containers))):
            value, at = read
        elif text[at] in "[{":
            if len(open_containers) >= MAX_DEPTH:
                raise MalformedJson("nested too deeply")
            value = [] if text[at] == "[" else {}
            at = _skip_blanks(text, at + 1)
            if text[at] != ("]" if type(value) is list else "}"):
                key, at = ("", at) if type(value) is list else _read_key(text, at, scan)
                open_containers.append((value, key))
                continue
            at += 1
        else:
            value, at = scan(text, at)
        while open_containers:
            container, key = open_containers.pop()
            if type(container) is list:
                container.append(value)
            else:
                container[key] = value  # type: ignore[call-overload]
            at = _skip_blanks(text, at)
            mark = text[at]
            at += 1
            if mark == ",":
                key, at = ("", at) if type(container) is list else _read_key(text, at, scan)
                open_containers.append((container, key))
                break
            if mark != ("]" if type(container) is list else "}"):
                raise MalformedJson(f"expected a comma or the container's end at {at - 1}")
            value = container
        else:
            return value, at


class ShortContainers:
    """Reads containers of a few kilobytes at once, when what they stand in is too large or deep for that."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        # Trying in vain is work as well: a text may be made of long containers within each other.
        self._misses_left = 10_000

    def read(self, text: str, at: int, level: int) -> tuple[Any, int] | None:
        """The container at `at`, `level` levels deep, and where it ends; None when it is not short."""
        if self._misses_left <= 0 or level > MAX_DEPTH - _SHORT:
            return None
        try:
            value, size = self._scan(text[at : at + _SHORT], 0)
        except (ValueError, StopIteration):
            self._misses_left -= 1
            return None
        except RecursionError:  # after a thousand levels
            self._misses_left -= 200
            return None
        return value, at + size


def _read_key(text: str, at: int, scan: Scan) -> tuple[str, int]:
    """A key and where its value begins."""
    at = _skip_blanks(text, at)
    if text[at] != '"':
        raise MalformedJson(f"expected a key at {at}")
    key, at = scan(text, at)
    at = _skip_blanks(text, at)
    if text[at] != ":":
        raise MalformedJson(f"expected a colon at {at}")
    return key, at + 1


def _skip_blanks(text: str, at: int) -> int:
    if text[at : at + 1] > " ":  # blanks are the characters up to it
        return at
    match = _BLANKS.match(text, at)
    return match.end() if match else at


# --- halves of surrogate pairs ------------------------------------------------------------------------


def without_lone_surrogates(value: Any) -> Any:
    r"""`value` with U+FFFD for halves of surrogate pairs, which JSON can escape but UTF-8 cannot hold.

    Containers are changed in place.

    >>> without_lone_surrogates(["a\ud800", {"\udc00": 1}]) == ["a\ufffd", {"\ufffd": 1}]
    True
    """
    if isinstance(value, str):
        return _mended(value)
    pending = [value]
    while pending:
        container = pending.pop()
        if type(container) is dict:
            if any(map(_LONE_SURROGATE.search, container)):
                mended = [(_mended(key), item) for key, item in container.items()]
                container.clear()
                container.update(mended)
            items: Any = container.items()
        elif type(container) is list:
            items = enumerate(container)
        else:
            continue
        for key, item in items:
            if type(item) is str:
                container[key] = _mended(item)
            elif type(item) is dict or type(item) is list:
                pending.append(item)
    return value


def _mended(text: str) -> str:
    if text.isascii():
        return text
    windows = (text[at : at + _WINDOW] for at in range(0, len(text), _WINDOW))
    return "".join(_LONE_SURROGATE.sub("\ufffd", window) for window in windows)

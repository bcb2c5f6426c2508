"""The `fields` query parameter: reduces an answer to the named keys (contract/records.md 9).

Reference: tools/picker, PocketBase v0.39.11.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

import orjson

from collections_app.records.reading.excerpts import excerpt
from platform_app.wire.casting import to_bool
from platform_app.wire.json_encoding import json_number
from platform_app.wire.raw_json import RawJson
from platform_app.wire.tokenizer import Unbalanced, split

Modifier = Callable[[Any], Any]
# What to keep of an object, by dotted path; None keeps the value as it is.
Fields = Mapping[str, Modifier | None]

_LIST_ENVELOPE = ("items", "page", "perPage", "totalItems", "totalPages")
_EXACT_INTEGERS = 2**53


class InvalidPicker(ValueError):
    """A `fields` text with a modifier that does not exist or has wrong arguments."""


def pick(value: Any, fields_text: str) -> Any:
    """`value` reduced to `fields_text`, with the keys of every object sorted.

    Of a list answer the envelope stays and every item is reduced. Raises InvalidPicker.
    """
    fields = _parse(fields_text)
    if isinstance(value, dict) and tuple(value) == _LIST_ENVELOPE:
        return {key: _pick(item, fields) if key == "items" else _whole(item) for key, item in value.items()}
    return _pick(value, fields)


# --- reducing -------------------------------------------------------------------------------------


def _pick(value: Any, fields: Fields) -> Any:
    if isinstance(value, RawJson):
        value = orjson.loads(value.encode())
    if isinstance(value, dict):
        return _pick_object(value, fields)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_pick_object(item, fields) if isinstance(item, dict) else _whole(item) for item in value]
    return _whole(value)


def _pick_object(value: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    if not fields:
        return {key: _whole(value[key]) for key in sorted(value)}
    picked: dict[str, Any] = {}
    for key in sorted(value):
        prefix = key + "."
        nested: dict[str, Modifier | None] = {}
        for path, modifier in fields.items():
            if path in (key, prefix):
                picked[key] = modifier(_whole(value[key])) if modifier else _whole(value[key])
                break
            if path.startswith(prefix):
                nested[path[len(prefix) :]] = modifier
        else:
            if nested:
                picked[key] = _pick(value[key], nested)
            elif "*" in fields:
                rest = fields["*"]
                picked[key] = rest(_whole(value[key])) if rest else _whole(value[key])
    return picked


def _whole(value: Any) -> Any:
    """All of `value`, keys sorted and numbers as doubles, as after a round trip through Go's JSON."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is RawJson:
        return _whole(orjson.loads(value.encode()))
    if kind is float:
        return json_number(value)
    if kind is int:
        return value if -_EXACT_INTEGERS <= value <= _EXACT_INTEGERS else json_number(float(value))
    if kind is dict:
        return {key: _whole(value[key]) for key in sorted(value)}
    if kind is list:
        return [_whole(item) for item in value]
    return value


# --- reading the parameter ------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _parse(text: str) -> Fields:
    fields: dict[str, Modifier | None] = {}
    for token in _split(text, ","):
        path, colon, modifier = token.strip().partition(":")
        fields[path] = _modifier(modifier) if colon else None
    return fields


def _split(text: str, separators: str, *, heeds_brackets: bool = True) -> list[str]:
    try:
        return split(text, separators, heeds_brackets=heeds_brackets)
    except Unbalanced as error:
        raise InvalidPicker(str(error)) from error


def _modifier(text: str) -> Modifier:
    parts = _split(text, "(), ", heeds_brackets=False)
    if not parts or parts[0] != "excerpt":
        raise InvalidPicker(f"unknown modifier {text!r}")
    arguments = parts[1:]
    if not 1 <= len(arguments) <= 2:
        raise InvalidPicker("expected excerpt(max, withEllipsis?)")
    max_characters = _integer(arguments[0])
    if max_characters <= 0:
        raise InvalidPicker("excerpt: max must be over 0")
    with_ellipsis = len(arguments) == 2 and to_bool(arguments[1])
    return partial(_excerpt, max_characters=max_characters, with_ellipsis=with_ellipsis)


def _excerpt(value: Any, *, max_characters: int, with_ellipsis: bool) -> Any:
    if not isinstance(value, str) or isinstance(value, RawJson):  # a number in Go's spelling is RawJson
        return value
    return excerpt(value, max_characters=max_characters, with_ellipsis=with_ellipsis)


_DECIMAL = re.compile(r"([-+]?[0-9]*)\.[0-9]*")


def _integer(text: str) -> int:
    """The whole number that Go's `cast.ToInt` sees: `5`, `5.5`, `0x10` and `010`; 0 for anything else."""
    if match := _DECIMAL.fullmatch(text):
        text = match.group(1)
    try:
        if re.fullmatch(r"[-+]?0[0-7]+", text):
            return int(text, 8)
        return int(text, 0)
    except ValueError:
        return 0

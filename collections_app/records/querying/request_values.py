"""What `@request.*` stands for: values read from a RequestInfo as rules see them.

The SQL of a rule depends on the shape of these values (missing, empty, text, number), never on the
values themselves; a compiled rule keeps one variant per shape.
Reference: contract/filters.md 6; core/record_field_resolver.go of PocketBase v0.39.11.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from collections_app.filterlang.dialects.base import JsonKind
from collections_app.request_info import RequestInfo
from platform_app.wire.casting import LONGEST_NUMBER
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.json_encoding import json_text
from platform_app.wire.json_text import is_json
from platform_app.wire.raw_json import RawJson

Read = Callable[[RequestInfo], Any]
Shape = Literal["null", "empty", "text", "real", "integer"]

_INDEX = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(
    r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(inf|infinity|nan)", re.IGNORECASE
)
_HEX_FLOAT = re.compile(r"[+-]?0x[0-9a-f]*(\.[0-9a-f]*)?p[+-]?[0-9]+", re.IGNORECASE)


class _Missing:
    """The type of MISSING: a value that the request does not have, as opposed to null."""


MISSING = _Missing()


# --- reading ------------------------------------------------------------------------------------------


def value_reader(path: tuple[str, ...], *, is_number: bool, keeps_order: bool) -> Read:
    """A function that takes the bound value for `@request.<path>` from a request; None when missing.

    `is_number` makes a numeric text a number (the collection has a number field of that name);
    `keeps_order` writes an object with its keys as they are (geo points), not sorted.
    """
    if path == ("auth", "id"):
        return _auth_id  # in nearly every rule, so without detours
    extract = raw_reader(path)

    def read(info: RequestInfo) -> Any:
        value = extract(info)
        if value.__class__ is str:
            return _number_or_text(value) if is_number else value
        return _bound_value(value, keeps_order=keeps_order)

    return read


def raw_reader(path: tuple[str, ...]) -> Read:
    """A function that takes the value at `path` as it is; MISSING when the request does not have it."""
    head, *keys = path
    if head == "auth":
        return _auth_reader(keys[0])
    if not keys:
        return lambda info: getattr(info, head)
    if head == "body":
        return lambda info: _nested(info.body, keys)
    if len(keys) > 1:  # inside a text there is nothing
        return lambda info: MISSING
    key = keys[0]
    if head == "query":
        return lambda info: info.query.get(key, MISSING)
    return lambda info: info.headers.get(key, MISSING)


def _auth_id(info: RequestInfo) -> Any:
    return None if info.auth is None else info.auth.values["id"]


def _auth_reader(name: str) -> Read:
    """A value of the signed-in record; only asked for when there is one."""

    def read(info: RequestInfo) -> Any:
        auth = info.auth
        if auth is None:
            return MISSING
        if name == "collectionId":
            return auth.collection.id
        if name == "collectionName":
            return auth.collection.name
        return auth.values.get(name, MISSING)

    return read


def _nested(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if isinstance(value, RawJson):
            value = _decoded(value)
        if isinstance(value, Mapping):
            value = value.get(key, MISSING)
        elif isinstance(value, list | tuple):
            index = int(key) if _INDEX.fullmatch(key) else -1
            value = value[index] if 0 <= index < len(value) else MISSING
        else:
            return MISSING
    return value


def _decoded(text: str) -> Any:
    try:
        return decode_json(text.encode("utf-8", errors="replace"), whole=True, keeps_integers=True)
    except MalformedJson:
        return MISSING


# --- binding ------------------------------------------------------------------------------------------


def _bound_value(value: Any, *, keeps_order: bool) -> Any:
    """What is bound for a value that is not plain text: a number, an integer for a bool, or JSON text."""
    if value is None or value is MISSING:
        return None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return _float(value)
    return _json_text(value, keeps_order=keeps_order)


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _number_or_text(text: str) -> float | str:
    """The number that Go's ParseFloat reads, else the text."""
    if len(text) > LONGEST_NUMBER:
        return text
    if _FLOAT.fullmatch(text):
        value = float(text)
        return text if math.isinf(value) and "n" not in text.lower() else value
    return float.fromhex(text) if _HEX_FLOAT.fullmatch(text) and _is_hex(text) else text


def _is_hex(text: str) -> bool:
    try:
        return math.isfinite(float.fromhex(text))
    except (ValueError, OverflowError):
        return False


def _json_text(value: Any, *, keeps_order: bool = False) -> str:
    return json_text(value, keeps_order=keeps_order, default=_upload)


def _upload(value: Any) -> Any:
    """An uploaded file inside a body; other foreign objects show nothing of themselves."""
    names = {"name": "name", "originalName": "original_name", "size": "size"}
    return {key: getattr(value, name) for key, name in names.items() if hasattr(value, name)}


# --- shapes -------------------------------------------------------------------------------------------


def shape_of(value: Any) -> Shape:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text" if value else "empty"
    return "real" if isinstance(value, float) else "integer"


def as_list(value: Any) -> list[Any]:
    """A submitted value as the elements that `:each` and `:length` count."""
    if value is None or value is MISSING:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def submitted_elements(value: Any) -> list[Any]:
    """The elements that `:each` compares: plain values as they are, others as JSON text."""
    return [
        item if item is None or isinstance(item, str | int | float) else _json_text(item)
        for item in as_list(value)
    ]


def json_kind(value: Any) -> JsonKind | None:
    """What the submitted value of a json field is; None when that cannot be told."""
    if isinstance(value, str):
        return None if _is_undecoded(value) else "text"
    if value is None or value is MISSING:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "object" if isinstance(value, Mapping) else "array"


def _is_undecoded(text: str) -> bool:
    """Whether this is JSON with numbers that no double holds, which rules are shown as it was sent."""
    return _decoded(text) is MISSING and is_json(text)


def as_text(value: Any) -> str:
    """A submitted value as `:lower` sees it; what has no plain text is empty."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return ""


def submitted_ids(value: Any) -> list[str]:
    """The record ids in the submitted value of a relation field, blanks and repetitions dropped."""
    if isinstance(value, str) and "[" in value:
        decoded = _decoded(value)
        is_list = isinstance(decoded, list) and all(isinstance(item, str) for item in decoded)
        value = decoded if is_list else value
    return list(dict.fromkeys(_ids(as_list(value))))


def _ids(items: Iterable[Any]) -> Iterable[str]:
    return (text for text in (as_text(item) for item in items) if text)

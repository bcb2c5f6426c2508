"""The `fields` query parameter: reduces an answer to the named keys (contract/records.md 9).

Reference: tools/picker, PocketBase v0.39.11.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from collections_app.records.reading.excerpts import excerpt
from platform_app.wire.casting import to_bool, to_int
from platform_app.wire.json_decoding import MalformedJson, decode_stored_json
from platform_app.wire.json_encoding import go_json, json_number
from platform_app.wire.raw_json import RawJson
from platform_app.wire.tokenizer import Unbalanced, split

# The reference has no limits; nobody names that much who means it.
MAX_FIELDS_CHARACTERS = 128 * 1024
MAX_LEVELS = 100

Modifier = Callable[[Any], Any]

_LIST_ENVELOPE = ("items", "page", "perPage", "totalItems", "totalPages")
_EXACT_INTEGERS = 2**53
# Longer ones are parsed each time, so that the cache stays small.
_CACHED_CHARACTERS = 1024


class InvalidPicker(ValueError):
    """A `fields` text that is too long, or with a modifier that does not exist or has wrong arguments."""


def pick(value: Any, fields_text: str) -> Any:
    """`value` reduced to `fields_text`, with the keys of every object sorted.

    Of a list answer the envelope stays and every item is reduced. Raises InvalidPicker.
    """
    wanted = _parse_cached(fields_text) if len(fields_text) <= _CACHED_CHARACTERS else _parse(fields_text)
    if isinstance(value, dict) and tuple(value) == _LIST_ENVELOPE:
        return {key: _pick(item, wanted) if key == "items" else _whole(item) for key, item in value.items()}
    return _pick(value, wanted)


class _Wanted:
    """What to keep below one place of a value: the names of `fields`, as a tree over their dots.

    `is_all` says that a name ends here, `modifier` what it does to the value.
    """

    __slots__ = ("is_all", "members", "modifier")

    def __init__(self) -> None:
        self.members: dict[str, _Wanted] = {}
        self.is_all = False
        self.modifier: Modifier | None = None

    def add(self, path: str, modifier: Modifier | None) -> None:
        """Raises InvalidPicker."""
        steps = path.split(".")
        if len(steps) > MAX_LEVELS:
            raise InvalidPicker("too many levels")
        wanted = self
        for step in steps:
            wanted = wanted.members.setdefault(step, _Wanted())
        wanted.is_all, wanted.modifier = True, modifier

    def of(self, key: str) -> "_Wanted | None":
        """What to keep of the member `key`, whose name may itself have dots; None for nothing."""
        found = self._at(key)
        if found is None:
            star = self.members.get("*")
            return star if star and star.is_all else None
        # `a.` means the same as `a`.
        ended = found.members.get("")
        return ended if ended and ended.is_all and not found.is_all else found

    def _at(self, key: str) -> "_Wanted | None":
        if "." not in key:
            return self.members.get(key)
        wanted = self
        for step in key.split("."):
            below = wanted.members.get(step)
            if below is None:
                return None
            wanted = below
        return wanted


# --- reducing -------------------------------------------------------------------------------------


def _pick(value: Any, wanted: _Wanted) -> Any:
    if isinstance(value, RawJson):
        return _written(_picked_json(_decoded(value), wanted))
    if isinstance(value, dict):
        return _pick_object(value, wanted)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_pick_object(item, wanted) if isinstance(item, dict) else _whole(item) for item in value]
    return _whole(value)


def _pick_object(value: Mapping[str, Any], wanted: _Wanted) -> dict[str, Any]:
    if not wanted.members:
        return {key: _whole(value[key]) for key in sorted(value)}
    picked: dict[str, Any] = {}
    for key in sorted(value):
        below = wanted.of(key)
        if below is None:
            continue
        if not below.is_all:
            picked[key] = _pick(value[key], below)
        elif below.modifier is None:
            picked[key] = _whole(value[key])
        else:
            picked[key] = below.modifier(_whole(value[key]))
    return picked


def _whole(value: Any) -> Any:
    """All of `value`, keys sorted and numbers as doubles, as after a round trip through Go's JSON."""
    kind = type(value)
    if kind is RawJson:
        return _written(_decoded(value))
    if kind is dict:
        return {key: _whole(value[key]) for key in sorted(value)}
    if kind is list:
        return [_whole(item) for item in value]
    return _number(value) if kind is float or kind is int else value


def _number(number: float) -> Any:
    if type(number) is int and -_EXACT_INTEGERS <= number <= _EXACT_INTEGERS:
        return number
    return json_number(float(number))


# --- reducing what a json field holds, which may be nested deeper than Python and orjson go ---------


def _decoded(text: RawJson) -> Any:
    try:
        return decode_stored_json(text)
    except MalformedJson:
        return text  # of an adopted database; it is answered as it is without `fields`, too


def _picked_json(value: Any, wanted: _Wanted) -> Any:
    if isinstance(value, dict):
        return _pick_json_object(value, wanted)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_pick_json_object(item, wanted) if isinstance(item, dict) else item for item in value]
    return value


def _pick_json_object(value: dict[str, Any], wanted: _Wanted) -> dict[str, Any]:
    if not wanted.members:
        return value
    picked: dict[str, Any] = {}
    for key, member in value.items():
        below = wanted.of(key)
        if below is None:
            continue
        if not below.is_all:
            picked[key] = _picked_json(member, below)
        else:
            picked[key] = below.modifier(member) if below.modifier else member
    return picked


def _written(value: Any) -> Any:
    """A value from JSON as `_whole` returns it; containers as text, however deep."""
    if isinstance(value, dict | list):
        return RawJson(go_json(value))
    return _number(value) if type(value) is float else value


# --- reading the parameter ------------------------------------------------------------------------


@lru_cache(maxsize=128)
def _parse_cached(text: str) -> _Wanted:
    return _parse(text)


def _parse(text: str) -> _Wanted:
    if len(text) > MAX_FIELDS_CHARACTERS:
        raise InvalidPicker("too long")
    wanted = _Wanted()
    for token in _split(text, ","):
        path, colon, modifier = token.strip().partition(":")
        wanted.add(path, _modifier(modifier) if colon else None)
    return wanted


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
    max_characters = to_int(arguments[0])
    if max_characters <= 0:
        raise InvalidPicker("excerpt: max must be over 0")
    with_ellipsis = len(arguments) == 2 and to_bool(arguments[1])
    return partial(_excerpt, max_characters=max_characters, with_ellipsis=with_ellipsis)


def _excerpt(value: Any, *, max_characters: int, with_ellipsis: bool) -> Any:
    if not isinstance(value, str) or isinstance(value, RawJson):  # a number in Go's spelling is RawJson
        return value
    return excerpt(value, max_characters=max_characters, with_ellipsis=with_ellipsis)

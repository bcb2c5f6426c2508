"""Attributes of an entry as JSON: whatever own code logs, within bounds, and never an error.

Reference: tools/logger/batch_handler.go, PocketBase v0.39.11 (errors as their texts, groups as objects).
"""

import math
import traceback
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from platform_app.wire.json_encoding import encode, json_number

LONGEST_MESSAGE = 10_000
_LONGEST_TEXT = 5_000
_LONGEST_TRACE = 8_000
_MOST_VALUES = 1_000
_MOST_CHARACTERS = 50_000
_DEEPEST = 8
_MOST_CAUSES = 10
_INTEGERS = range(-(2**63), 2**63)


def as_json(attributes: Mapping[str, Any]) -> str:
    """The text of a JSON object with sorted keys."""
    return encode(_Reading().mapping(attributes, 0)).decode()


def error_text(error: BaseException) -> str:
    """The error and what led to it: `ShopError: no stock, caused by KeyError: 'a'`."""
    return ", caused by ".join(map(_named, _chain(error)))[:_LONGEST_TEXT]


def reason_text(error: BaseException, *, said: str) -> str | None:
    """The same without the names of the program's own classes, and without what is `said` already."""
    texts = (_named(cause) if _is_foreign(cause) else text_of(cause) for cause in _chain(error))
    new = dict.fromkeys(text for text in texts if text not in {"", said})
    return ", caused by ".join(new)[:_LONGEST_TEXT] or None


def _chain(error: BaseException) -> list[BaseException]:
    """The error and its causes, or what was being handled, as a traceback shows them."""
    found: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in found and len(found) < _MOST_CAUSES:
        found.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return found


def _is_foreign(error: BaseException) -> bool:
    """Whether the class says something that the text may not, such as `KeyError`."""
    return type(error).__module__ == "builtins"


def trace_text(error: BaseException) -> str:
    """The traceback as Python prints it; of a long one the end, which says what happened."""
    try:
        text = "".join(traceback.format_exception(error)).rstrip()
    except Exception as broken:  # noqa: BLE001 - an error that cannot be printed must still be logged
        return f"(no traceback: {type(broken).__name__})"
    return text if len(text) <= _LONGEST_TRACE else f"...{text[-_LONGEST_TRACE:]}"


def text_of(value: object, longest: int = _LONGEST_TEXT) -> str:
    """`str(value)`, cut, also of what has none and what no database takes."""
    try:
        text = str(value)
    except Exception as error:  # noqa: BLE001 - what is logged must not fail for how it prints
        text = f"({type(value).__name__} without a text: {type(error).__name__})"
    return storable(text if len(text) <= longest else f"{text[:longest]}...")


def storable(text: str) -> str:
    """`text` without what UTF-8 cannot hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _named(error: BaseException) -> str:
    text = text_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class _Reading:
    """One reading of attributes; what goes beyond its bounds is left out."""

    def __init__(self) -> None:
        self.values = 0
        self.characters = 0

    def value(self, value: Any, depth: int) -> Any:
        self.values += 1
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is int and value in _INTEGERS:
            return value
        if kind is float and math.isfinite(value):
            return json_number(value)
        if isinstance(value, BaseException):
            return self.text(error_text(value))
        if isinstance(value, datetime | date | time):
            return value.isoformat()
        if depth < _DEEPEST:
            if isinstance(value, Mapping):
                return self.mapping(value, depth + 1)
            if isinstance(value, list | tuple | set | frozenset):
                return self.sequence(value, depth + 1)
        return self.text(text_of(value))

    def mapping(self, mapping: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        try:
            for key, value in list(mapping.items()):
                if self._is_full():
                    found["..."] = "too much to log"
                    break
                found[self.text(text_of(key))] = self.value(value, depth)
        except Exception as error:  # noqa: BLE001 - see text_of
            found["..."] = f"({type(error).__name__})"
        return dict(sorted(found.items()))

    def sequence(self, values: Any, depth: int) -> list[Any]:
        found = []
        for value in list(values):
            if self._is_full():
                found.append("...")
                break
            found.append(self.value(value, depth))
        return found

    def text(self, text: str) -> str:
        self.characters += len(text)
        return text

    def _is_full(self) -> bool:
        return self.values >= _MOST_VALUES or self.characters >= _MOST_CHARACTERS

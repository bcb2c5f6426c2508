"""What Python code may set a field to: values that have an obvious form in it, simplified for the field.

Requests are cast loosely (`casting`, contract/fields.md): garbage becomes the zero value. Code that sets
garbage has an error in it and is told, by an `Unfit` here and a TypeError that names the field in the end.
"""

from collections.abc import Iterable, Mapping, Set
from datetime import date
from decimal import Decimal
from enum import Enum
from numbers import Integral, Real
from typing import Any, NoReturn
from uuid import UUID

from django.utils.functional import Promise

from platform_app.wire.casting import is_bool_text, is_number_text, to_string
from platform_app.wire.datetimes import parse_datetime
from platform_app.wire.raw_json import RawJson

_PLAIN = frozenset({str, int, float, bool, type(None), RawJson})
_UNSET_MOMENT = "0001-01-01"  # what Go writes for a time that was never set
_SHOWN_CHARACTERS = 50


class Unfit(Exception):
    """A value without an obvious form in the field at hand."""


def is_expression(value: Any) -> bool:
    """Whether `value` is to be evaluated by the database, such as `F("n") + 1`; a query set is a list."""
    return hasattr(value, "resolve_expression") and not isinstance(value, Iterable)


def is_record(value: Any) -> bool:
    """Whether `value` is a record or an instance of a collection's model: they know their collection."""
    return hasattr(value, "collection")


def simplified(value: Any) -> Any:
    """`value` without the wrappings of Python and Django: lazy texts, enumerations, UUIDs, other numbers."""
    if type(value) in _PLAIN or isinstance(value, RawJson):
        return value
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Enum):
        return simplified(value.value)
    if isinstance(value, str):
        return str.__str__(value) if issubclass(type(value), str) else str(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def as_text(value: Any) -> str:
    """A text, a number in plain decimals, a bool, or a moment in its canonical form."""
    value = simplified(value)
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, int | float):
        return to_string(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return parse_datetime(value)
    raise Unfit


def as_moment(value: Any) -> str:
    """A moment or a day (UTC where no zone is given), or a text that is one."""
    value = simplified(value)
    moment = parse_datetime(value)
    if moment or isinstance(value, date) or value is None or value == "":
        return moment
    if isinstance(value, str) and value.startswith(_UNSET_MOMENT):
        return ""
    raise Unfit


def as_number(value: Any) -> Any:
    """A number, or a text that is one; nothing is 0."""
    value = simplified(value)
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, float) or value == "":
        return value
    if isinstance(value, str):
        fits = is_number_text(value)
    else:
        # More digits than a double has room for would be cast to 0.
        fits = isinstance(value, int) and abs(value) < 10**308
    if not fits:
        raise Unfit
    return value


def as_bool(value: Any) -> bool | str | None:
    """A bool, a number (0 is false), or one of the texts that stand for one; nothing is false."""
    value = simplified(value)
    if isinstance(value, int | float | Decimal):
        return bool(value != 0)
    if value is None:
        return None
    if isinstance(value, str) and (value == "" or is_bool_text(value)):
        return value
    raise Unfit


def as_items(value: Any) -> list[Any]:
    """One value, or those of any iterable but a mapping, simplified; a set's in the order of their texts."""
    value = simplified(value)
    if isinstance(value, Mapping | bytes | bytearray | memoryview):
        raise Unfit
    if value is None:
        return []
    if isinstance(value, str) or is_record(value) or not isinstance(value, Iterable):
        return [value]
    items = [simplified(item) for item in value]
    return sorted(items, key=str) if isinstance(value, Set) else items


def as_json(value: Any) -> Any:
    """What JSON can hold, with sets and other sequences as lists and moments as texts."""
    value = simplified(value)
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise Unfit
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return as_json(float(value))
    if isinstance(value, date):
        return parse_datetime(value)
    if isinstance(value, Mapping):
        return {as_text(key): as_json(item) for key, item in value.items()}
    if is_record(value) or not isinstance(value, Iterable):
        raise Unfit
    return [as_json(item) for item in as_items(value)]


def refuse() -> NoReturn:
    raise Unfit


def described(value: Any) -> str:
    """`value` for an error message: its type, and a text as it is, which tells more."""
    if not isinstance(value, str):
        return type(value).__name__
    return f"text {value[:_SHOWN_CHARACTERS]!r}{'...' if len(value) > _SHOWN_CHARACTERS else ''}"

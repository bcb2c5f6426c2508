"""The options of field types: read from JSON by type, written back in order, and their shared checks.

Every dataclass field of a type is an option; its annotation says which JSON it takes. `key` in its
metadata gives the outside spelling where that is not the camelCase of the name.
Reference: contract/fields.md 1.1 to 1.3; encoding/json of Go 1.25; ozzo-validation 4.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from platform_app.database.ids import checksum
from platform_app.wire.errors import ErrorTree, FieldError, required
from platform_app.wire.json_encoding import json_number
from platform_app.wire.spelling import camel_case
from platform_app.wire.struct_decoding import (
    Members,
    Unfit,
    read_bool,
    read_float,
    read_int,
    read_items,
    read_text,
)

MAX_SAFE_INTEGER = 9007199254740991

# An option's error, or the errors of its items by position.
OptionError = FieldError | ErrorTree
Read = Callable[[Any], Any]


class MalformedOptions(ValueError):
    """A field definition that cannot be read at all, such as `"min": "5"` or an unknown type."""


# --- reading ------------------------------------------------------------------------------------------


def _read_texts(raw: Any) -> tuple[str, ...]:
    def read_item(blank: str, item: Any) -> str:
        return blank if item is None else read_text(item)

    return tuple(read_items(raw, "[]string", read_item, blank=str))


_READERS: dict[Any, Read] = {
    str: read_text,
    bool: read_bool,
    int: read_int,
    float | None: read_float,
    tuple[str, ...] | None: _read_texts,
}


# Types that Go spells in another way.
_GO_NAMES = {"JsonField": "JSONField", "UrlField": "URLField"}


class OptionTable:
    """How the options of one field class are read and written; made once per class."""

    def __init__(self, cls: Any, *, without: frozenset[str]) -> None:
        options = [option for option in dataclasses.fields(cls) if option.name not in without]
        keys = {option.name: option.metadata.get("key") or camel_case(option.name) for option in options}
        members: dict[str, tuple[str, str, Read]] = {}
        for option in options:
            read = option.metadata.get("read") or _READERS[option.type]
            members[keys[option.name]] = (option.name, keys[option.name], read)
        self._members = Members(members)
        self._go_name = _GO_NAMES.get(cls.__name__, cls.__name__)
        self._written = sorted([("type", "type"), *((key, name) for name, key in keys.items())])

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Constructor arguments; null means "not given", unknown members are ignored.

        Raises MalformedOptions.
        """
        values: dict[str, Any] = {}
        for (name, key, read), raw in self._members.of(data):
            if raw is None:
                continue
            try:
                values[name] = read(raw)
            except Unfit as error:
                raise MalformedOptions(str(error.inside(self._go_name, key))) from None
        return values

    def write(self, field: Any) -> dict[str, Any]:
        json: dict[str, Any] = {}
        for key, name in self._written:
            value = getattr(field, name)
            kind = type(value)
            json[key] = list(value) if kind is tuple else _written(value) if kind is float else value
        return json


def _written(number: float) -> float | int:
    return int(number) if number.is_integer() and abs(number) <= MAX_SAFE_INTEGER else number


# --- checking -----------------------------------------------------------------------------------------

_NAME = re.compile(r"[A-Za-z0-9_]+")
_TAKEN_NAMES = frozenset({"null", "true", "false", "_rowid_", "collectionId", "collectionName", "expand"})
_DOMAIN = re.compile(
    r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-zA-Z]{1,63}| xn--[a-z0-9]{1,59})"
)


def generated_field_id(kind: str, name: str) -> str:
    """The id of a field that came without one.

    >>> generated_field_id("text", "id")
    'text3208210256'
    """
    return kind + checksum(name)


def first_error(*errors: OptionError | None) -> OptionError | None:
    return next((error for error in errors if error), None)


def only_errors(errors: Mapping[str, OptionError | None]) -> dict[str, OptionError]:
    """`errors` without the options that pass."""
    return {key: error for key, error in errors.items() if error}


def id_error(value: str) -> FieldError | None:
    return length_error(value, 100) if value else required()


def name_error(value: str) -> FieldError | None:
    if not value:
        return required()
    error = length_error(value, 100)
    if error is not None:
        return error
    if not _NAME.fullmatch(value):
        return match_error()
    if value in _TAKEN_NAMES:
        return FieldError("validation_not_in_invalid", "Must not be in list.")
    if "_via_" in value.lower():
        return FieldError("validation_found_via", 'The value cannot contain "_via_".')
    return None


def length_error(value: str, maximum: int) -> FieldError | None:
    """Refuse more than `maximum` bytes; the empty text passes."""
    if len(value) * 4 <= maximum or len(value.encode()) <= maximum:
        return None
    return FieldError(
        "validation_length_out_of_range",
        f"The length must be between 1 and {maximum}.",
        {"min": 1, "max": maximum},
    )


def match_error() -> FieldError:
    return FieldError("validation_match_invalid", "Must be in a valid format.")


def empty_error(value: object) -> FieldError | None:
    return FieldError("validation_empty", "Must be blank.") if value else None


def range_error(value: int, minimum: int, maximum: int = MAX_SAFE_INTEGER) -> FieldError | None:
    """Refuse numbers outside of the range; 0 means "not set" and passes."""
    if value and value < minimum:
        return FieldError(
            "validation_min_greater_equal_than_required",
            f"Must be no less than {minimum}.",
            {"threshold": minimum},
        )
    if value and value > maximum:
        return FieldError(
            "validation_max_less_equal_than_required",
            f"Must be no greater than {maximum}.",
            {"threshold": maximum},
        )
    return None


def domain_list_errors(domains: Sequence[str] | None, others: Sequence[str] | None) -> OptionError | None:
    """The errors of a list of domains, which must be empty when `others` is set."""
    if others:
        return empty_error(domains)
    return each(domains or (), _domain_error)


def _domain_error(domain: str) -> FieldError | None:
    if not domain or (len(domain.encode()) <= 255 and _DOMAIN.fullmatch(domain)):
        return None
    return FieldError("validation_is_domain", "Must be a valid domain.")


def each(items: Sequence[str], error_of: Callable[[str], FieldError | None]) -> ErrorTree | None:
    """The errors of items by position, None when all pass."""
    errors = {str(index): error_of(item) for index, item in enumerate(items)}
    return {index: error for index, error in errors.items() if error is not None} or None


def number_param(number: float) -> Any:
    """A double among an error's params, as answers print numbers."""
    return json_number(number)

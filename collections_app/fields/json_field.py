"""`json`: any JSON value, kept as the text that it was sent as."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as option
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

import orjson

from collections_app.fields import columns_sql
from collections_app.fields.base import Field, OptionContext, ValueContext
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.options import OptionError, range_error
from collections_app.fields.python_values import as_json
from collections_app.fields.registry import register
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import format_short
from platform_app.wire.errors import FieldError, required
from platform_app.wire.json_decoding import MalformedJson, decode_json
from platform_app.wire.json_encoding import go_json
from platform_app.wire.json_size import MAX_VALUES, count_values
from platform_app.wire.json_text import compact, is_json, quote
from platform_app.wire.raw_json import RawJson
from platform_app.wire.struct_decoding import INT64, read_int64

_DEFAULT_MAX_BYTES = 1 << 20
_LITERALS = frozenset({"null", "true", "false"})
_STARTS = frozenset('0123456789-"[{')
_EMPTY = frozenset({"null", '""', "[]", "{}", ""})
# SQLite turns whole doubles into integers, except at the very ends of the range.
_WHOLE_DOUBLES = range(-(2**63) + 1, 2**63 - 1)

# SQL NULL as a value. It reads like the text `null`, but only this very object is stored as NULL.
NULL = RawJson("null")


def json_from_text(text: str) -> RawJson:
    """The JSON that a plain text stands for: itself where it is JSON, else a JSON string of it."""
    if text in _LITERALS or (text and text[0] in _STARTS and is_json(text)):
        return RawJson(text)
    return RawJson(quote(text))


def json_from_db(stored: Any) -> RawJson:
    """Stored JSON; a column with numeric affinity gives bare numbers back as numbers.

    A view's column may be of any type that the database has; what JSON has no form for reads as a text.
    """
    if type(stored) is str:
        return json_from_text(stored)
    if stored is None:
        return NULL
    if isinstance(stored, bool):
        return RawJson("true" if stored else "false")
    if isinstance(stored, float | Decimal):
        return json_from_text(format_short(float(stored)))
    if isinstance(stored, int):
        return RawJson(stored)
    if isinstance(stored, bytes | bytearray | memoryview):
        return json_from_text(bytes(stored).decode(errors="replace"))
    if isinstance(stored, list | dict):
        return RawJson(orjson.dumps(stored, default=str).decode())
    return json_from_text(str(stored))


@register
@dataclass(frozen=True, kw_only=True)
class JsonField(Field):
    type: ClassVar[str] = "json"

    max_size: int = option(default=0, metadata={"read": read_int64})

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {"maxSize": range_error(self.max_size, 0)}

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.json_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self, null=True)

    @property
    def zero(self) -> RawJson:
        return NULL

    @property
    def body_limit_bytes(self) -> int:
        return self.max_size if self.max_size > 0 else _DEFAULT_MAX_BYTES

    def clean(self, raw: Any) -> RawJson:
        if isinstance(raw, RawJson):
            return raw
        if raw is None:
            return NULL
        if isinstance(raw, str):
            # What will be refused for its size is not looked at any further.
            return RawJson(raw) if self._is_too_much(raw) else json_from_text(raw)
        return RawJson(go_json(raw))

    def _is_too_much(self, text: str) -> bool:
        return len(text) > self.body_limit_bytes or _has_too_many_values(text)

    def plain(self, given: Any) -> Any:
        try:
            return as_json(given)
        except RecursionError:
            return given  # as deep as this only requests send JSON, which needs no change

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        limit = self.body_limit_bytes
        if value is not NULL and len(value) * 4 > limit and len(value.encode()) > limit:
            return FieldError(
                "validation_json_size_limit",
                f"The maximum allowed JSON size is {limit} bytes.",
                {"maxSize": limit},
            )
        if _has_too_many_values(value) or not is_json(value):
            return FieldError("validation_invalid_json", "Must be a valid json value.")
        return required() if self.required and value.strip() in _EMPTY else None

    def from_db(self, stored: Any) -> RawJson:
        return json_from_db(stored)

    def to_db(self, value: Any) -> str | None:
        """The text to store; a bare number in the form that SQLite's numeric affinity gives back."""
        if value is NULL:
            return None
        return _as_affinity_prints(value) if value[:1] in "-0123456789" else str(value)

    def to_json(self, value: Any) -> RawJson:
        text = compact(value)
        return text if isinstance(text, RawJson) else RawJson(text)

    def to_rule(self, value: Any) -> Any:
        try:
            return decode_json(value.encode("utf-8", errors="replace"), whole=True, keeps_integers=True)
        except MalformedJson:
            return str(value)

    @cached_property
    def decoder(self) -> Any:
        return json_from_db


def _has_too_many_values(text: str) -> bool:
    return len(text) > MAX_VALUES and count_values(text.encode("utf-8", errors="surrogatepass")) > MAX_VALUES


def _as_affinity_prints(text: str) -> str:
    number = text.strip(" \t\r\n")
    try:
        whole = int(number) if len(number) <= len("-9223372036854775808") else None
    except ValueError:
        whole = None
    if whole is not None and whole in INT64:
        return str(whole)
    real = float(number)
    if real.is_integer() and int(real) in _WHOLE_DOUBLES:
        return str(int(real))
    # Beyond doubles there is nothing better than the text itself.
    return format_short(real) if abs(real) != float("inf") else number

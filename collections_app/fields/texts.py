"""What the types share whose values are text in a text column: plain texts, and moments written as text."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from collections_app.fields import columns_sql
from collections_app.fields.base import Field
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.python_values import as_moment, as_text
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import format_short, to_string
from platform_app.wire.datetimes import datetime_from_db, datetimes_from_db, parse_datetime


@dataclass(frozen=True, kw_only=True)
class HoldsText(Field):
    """A field whose value is a text; the empty text means unset."""

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.text_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    @property
    def zero(self) -> str:
        return ""

    def clean(self, raw: Any) -> str:
        return to_string(raw)

    def plain(self, given: Any) -> str:
        return as_text(given)

    def from_db(self, stored: Any) -> str:
        return text_from_db(stored)

    def to_db(self, value: Any) -> str:
        return str(value)

    @cached_property
    def decoder(self) -> Any:
        return None if type(self).from_db is HoldsText.from_db else self.from_db


@dataclass(frozen=True, kw_only=True)
class HoldsMoment(HoldsText):
    """A field whose value is a moment in its canonical form, `2024-05-01 10:00:00.000Z`, or unset."""

    def clean(self, raw: Any) -> str:
        return parse_datetime(raw)

    def plain(self, given: Any) -> str:
        return as_moment(given)

    def from_db(self, stored: Any) -> str:
        return datetime_from_db(stored)

    @cached_property
    def decoder(self) -> Any:
        return datetime_from_db

    @cached_property
    def column_decoder(self) -> Any:
        return datetimes_from_db


def text_from_db(stored: Any) -> str:
    """A stored text; NULL is the empty text, other types are shown as the reference's driver shows them."""
    if type(stored) is str:
        return stored
    if isinstance(stored, float):
        return format_short(stored)
    if isinstance(stored, bytes | memoryview):
        return bytes(stored).decode(errors="replace")
    return to_string(stored)

"""`autodate`: the moment of the record's creation or last update, set by every write."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from collections_app.dates import now
from collections_app.errors import FieldError
from collections_app.fields import columns_sql
from collections_app.fields.base import Field, OptionContext, OptionError, ValueContext, Vendor
from collections_app.fields.datetimes import datetime_from_db, datetimes_from_db, parse_datetime
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.registry import register


@register
@dataclass(frozen=True, kw_only=True)
class AutodateField(Field):
    type: ClassVar[str] = "autodate"
    without_options: ClassVar[frozenset[str]] = frozenset({"help", "required"})

    on_create: bool = False
    on_update: bool = False

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        stored = context.stored if isinstance(context.stored, AutodateField) else self
        neither = None
        if not self.on_create and not self.on_update:
            neither = FieldError("validation_required", "Either onCreate or onUpdate must be enabled.")
        return {
            "onCreate": self._fixed_error(self.on_create, stored.on_create) or neither,
            "onUpdate": self._fixed_error(self.on_update, stored.on_update) or neither,
        }

    def _fixed_error(self, flag: bool, stored: bool) -> FieldError | None:
        if not self.system or flag == stored:
            return None
        return FieldError("validation_values_mismatch", "Values don't match.")

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.text_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    @property
    def zero(self) -> str:
        return ""

    def clean(self, raw: Any) -> str:
        return parse_datetime(raw)

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        return None

    def from_db(self, stored: Any) -> str:
        return datetime_from_db(stored)

    def to_db(self, value: Any) -> str:
        return str(value)

    @cached_property
    def decoder(self) -> Any:
        return datetime_from_db

    @cached_property
    def column_decoder(self) -> Any:
        return datetimes_from_db

    def value_on_write(self, *, is_new: bool) -> str | None:
        return now() if (self.on_create if is_new else self.on_update) else None

"""`number`: a double, optionally within limits or without decimals."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import isfinite
from typing import Any, ClassVar

from collections_app.fields import columns_sql
from collections_app.fields.abilities import Modify
from collections_app.fields.base import Affinity, Field, OptionContext, ValueContext
from collections_app.fields.model_fields import NumberColumn, model_field
from collections_app.fields.options import OptionError, first_error, number_param
from collections_app.fields.python_values import as_number
from collections_app.fields.registry import register
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import format_short, to_float
from platform_app.wire.errors import FieldError, required
from platform_app.wire.json_encoding import json_number

_INT64 = 2.0**63


@register
@dataclass(frozen=True, kw_only=True)
class NumberField(Field):
    type: ClassVar[str] = "number"
    affinity: ClassVar[Affinity] = "numeric"

    min: float | None = None
    max: float | None = None
    only_int: bool = False

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {
            "min": self._only_int_error(self.min),
            "max": first_error(self._only_int_error(self.max), self._max_error()),
        }

    def _max_error(self) -> FieldError | None:
        if self.min is None or self.max is None or self.max >= self.min:
            return None
        return _min_error(self.min)

    def _only_int_error(self, number: float | None) -> FieldError | None:
        if number is None or not self.only_int or (number.is_integer() and -_INT64 <= number < _INT64):
            return None
        return FieldError("validation_only_int_constraint", "Decimal numbers are not allowed.")

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.number_column(vendor)

    def model_field(self) -> Any:
        return model_field(NumberColumn, self)

    @property
    def zero(self) -> float:
        return 0.0

    def clean(self, raw: Any) -> float:
        return to_float(raw)

    def plain(self, given: Any) -> Any:
        return as_number(given)

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if not isfinite(value):
            return FieldError("validation_not_a_number", "The submitted number is not properly formatted.")
        if value == 0:
            # Zero is "no value", so no limit is asked about it.
            return required() if self.required else None
        error = self._only_int_error(value)
        if error is not None:
            return error
        if self.min is not None and value < self.min:
            return _min_error(self.min)
        if self.max is not None and value > self.max:
            return FieldError(
                "validation_max_number_constraint",
                f"Must be less or equal than {format_short(self.max)}.",
                {"max": number_param(self.max)},
            )
        return None

    def from_db(self, stored: Any) -> float:
        """What a view holds may be a decimal of PostgreSQL; no table has one."""
        return to_float(float(stored) if isinstance(stored, Decimal) else stored)

    def to_db(self, value: Any) -> float:
        return float(value) or 0.0  # as SQLite does, -0 is stored as 0

    def to_json(self, value: Any) -> Any:
        return json_number(value)

    @cached_property
    def decoder(self) -> Any:
        return to_float

    @cached_property
    def encoder(self) -> Any:
        return json_number

    @property
    def modifiers(self) -> Mapping[str, Modify]:
        return {
            f"{self.name}+": lambda current, raw: current + to_float(raw),
            f"{self.name}-": lambda current, raw: current - to_float(raw),
        }


def _min_error(minimum: float) -> FieldError:
    return FieldError(
        "validation_min_number_constraint",
        f"Must be greater or equal than {format_short(minimum)}.",
        {"min": number_param(minimum)},
    )

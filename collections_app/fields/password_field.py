"""`password`: kept as a bcrypt hash, never shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from collections_app.fields import columns_sql
from collections_app.fields.base import Field, OptionContext, ValueContext
from collections_app.fields.matching import matches_pattern
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.options import OptionError, range_error
from collections_app.fields.python_values import as_text
from collections_app.fields.registry import register
from collections_app.fields.texts import text_from_db
from collections_app.passwords import DEFAULT_COST, MAX_COST, MIN_COST, hash_password, is_too_long
from platform_app.database.engines.vendor import Vendor
from platform_app.wire.casting import to_string
from platform_app.wire.errors import FieldError, required
from platform_app.wire.patterns.patterns import pattern_error

_MAX_LENGTH = 71


@dataclass(frozen=True)
class Password:
    """A password that was just set; `hash` is worked out once, when first asked for.

    Hashing takes tens of milliseconds: ask before a transaction opens, not inside.
    """

    plain: str
    cost: int = DEFAULT_COST

    @property
    def is_too_long(self) -> bool:
        return is_too_long(self.plain)

    @cached_property
    def hash(self) -> str:
        """The bcrypt hash. Raises PasswordTooLong."""
        return hash_password(self.plain, cost=self.cost)

    def __repr__(self) -> str:
        return "Password(...)"


@register
@dataclass(frozen=True, kw_only=True)
class PasswordField(Field):
    """Values are the stored hash as text, or a `Password` that was just set."""

    type: ClassVar[str] = "password"
    is_secret: ClassVar[bool] = True

    pattern: str = ""
    min: int = 0
    max: int = 0
    cost: int = 0

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {
            "min": range_error(self.min, 1, _MAX_LENGTH),
            "max": range_error(self.max, self.min, _MAX_LENGTH),
            "cost": range_error(self.cost, MIN_COST, MAX_COST),
            "pattern": pattern_error(self.pattern),
        }

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.text_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    @property
    def zero(self) -> str:
        return ""

    def clean(self, raw: Any) -> "str | Password":
        """The password to set; the empty text clears it."""
        if isinstance(raw, Password):
            return raw
        plain = to_string(raw)
        return Password(plain, self.cost if self.cost > 0 else DEFAULT_COST) if plain else ""

    def plain(self, given: Any) -> Any:
        return given if isinstance(given, Password) else as_text(given)

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if not isinstance(value, Password):
            return required() if self.required and not value else None
        if value.is_too_long:
            return FieldError("validation_invalid_value", "Invalid value.")
        length = len(value.plain)
        if length < self.min:
            return FieldError("validation_min_text_constraint", f"Must be at least {self.min} character(s).")
        longest = self.max if self.max > 0 else _MAX_LENGTH
        if length > longest:
            return FieldError("validation_max_text_constraint", f"Must be less than {longest} character(s).")
        if self.pattern and not matches_pattern(self.pattern, value.plain):
            return FieldError("validation_invalid_format", "Invalid value format.")
        return None

    def from_db(self, stored: Any) -> str:
        return text_from_db(stored)

    def to_db(self, value: Any) -> str:
        return value.hash if isinstance(value, Password) else str(value)

    def to_json(self, value: Any) -> str:
        """Nothing: neither the hash nor the plain text leaves the server."""
        return ""

    def to_rule(self, value: Any) -> str:
        return value.plain if isinstance(value, Password) else ""

    def settled(self, value: Any) -> str:
        return self.to_db(value)

    @cached_property
    def decoder(self) -> None:
        return None

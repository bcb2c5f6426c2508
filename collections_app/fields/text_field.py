"""`text`: plain text of limited length; one of them is the primary key `id`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from collections_app.fields import columns_sql
from collections_app.fields.abilities import Modify
from collections_app.fields.base import OptionContext, ValueContext
from collections_app.fields.matching import matches_pattern
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.options import OptionError, empty_error, first_error, name_error, range_error
from collections_app.fields.registry import register
from collections_app.fields.texts import HoldsText
from platform_app.database.engines.vendor import Vendor
from platform_app.security.random_texts import CannotGenerate, random_text_of
from platform_app.wire.casting import to_string
from platform_app.wire.errors import FieldError, required, sentenize
from platform_app.wire.json_text import quote
from platform_app.wire.patterns.parser import InvalidPattern
from platform_app.wire.patterns.patterns import pattern_error

DEFAULT_ID_PATTERN = "^[a-z0-9]+$"
_DEFAULT_MAX = 5000
_SAMPLES = 10
_FORBIDDEN_IN_IDS = "./\\|\"'`<>:?*%$\0\t\n\r "
# Names that Windows keeps for devices: a record's folder could not be made there.
_RESERVED_IDS = (
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"COM{n}" for n in range(1, 10)),
    *(f"LPT{n}" for n in range(1, 10)),
)


@register
@dataclass(frozen=True, kw_only=True)
class TextField(HoldsText):
    type: ClassVar[str] = "text"

    min: int = 0
    max: int = 0
    pattern: str = ""
    autogenerate_pattern: str = ""
    primary_key: bool = False

    # --- options ---

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        errors: dict[str, OptionError | None] = {
            "min": range_error(self.min, 0),
            "max": range_error(self.max, self.min),
            "pattern": pattern_error(self.pattern),
            "autogeneratePattern": first_error(
                pattern_error(self.autogenerate_pattern), self._autogenerate_error()
            ),
        }
        if self.primary_key:
            errors |= self._primary_key_errors(context)
        return errors

    def _primary_key_errors(self, context: OptionContext) -> dict[str, OptionError | None]:
        wrong_name = FieldError("validation_in_invalid", 'The primary key must be named "id".')
        composite = FieldError(
            "validation_unsupported_composite_pk",
            "Composite PKs are not supported and the collection must have only 1 PK.",
        )
        keys = [other for other in context.collection.fields if getattr(other, "primary_key", False)]
        return {
            "name": name_error(self.name) or (wrong_name if self.name != "id" else None),
            "primaryKey": composite if len(keys) > 1 else None,
            "pattern": pattern_error(self.pattern) if self.pattern else required(),
            "hidden": empty_error(self.hidden),
            "required": None if self.required else required(),
        }

    def _autogenerate_error(self) -> FieldError | None:
        """Try the pattern out: samples must come out and pass this field's own checks."""
        for _ in range(_SAMPLES if self.autogenerate_pattern else 0):
            try:
                sample = random_text_of(self.autogenerate_pattern)
            except (CannotGenerate, InvalidPattern) as error:
                return FieldError("validation_invalid_autogenerate_pattern", sentenize(str(error)))
            if self.error_of_text(sample) is not None:
                return FieldError(
                    "validation_invalid_autogenerate_pattern_value",
                    "The provided autogenerate pattern could produce invalid field values, "
                    f"ex.: {quote(sample)}.",
                )
        return None

    # --- column ---

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.primary_key_column(vendor) if self.primary_key else columns_sql.text_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self, primary_key=self.primary_key)

    # --- values ---

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if self.primary_key:
            if not context.is_new:
                if value != context.stored:
                    return FieldError("validation_pk_change", "The record primary key cannot be changed.")
                if value:
                    return None
            elif self.pattern != DEFAULT_ID_PATTERN and context.id_exists(value):
                return FieldError(
                    "validation_pk_invalid", "The record primary key is invalid or already exists."
                )
        return self.error_of_text(value)

    def error_of_text(self, value: str) -> FieldError | None:
        """The first of the checks that fails, whatever record the text is for."""
        if not value:
            return required() if self.required or self.primary_key else None
        if 0 < self.min > len(value):
            return FieldError(
                "validation_min_text_constraint",
                f"Must be at least {self.min} character(s).",
                {"min": self.min},
            )
        maximum = self.max or _DEFAULT_MAX
        if 0 < maximum < len(value):
            return FieldError(
                "validation_max_text_constraint",
                f"Must be no more than {maximum} character(s).",
                {"max": maximum},
            )
        if self.pattern and not matches_pattern(self.pattern, value):
            return FieldError("validation_invalid_format", "Invalid value format.")
        if self.primary_key and self.pattern != DEFAULT_ID_PATTERN:
            return _error_of_id(value)
        return None

    # --- abilities ---

    @property
    def autogenerates(self) -> bool:
        return bool(self.autogenerate_pattern)

    def generate(self) -> str:
        """Raises CannotGenerate or InvalidPattern: samples came out when it was saved, others may not."""
        return random_text_of(self.autogenerate_pattern) if self.autogenerate_pattern else ""

    @property
    def modifiers(self) -> Mapping[str, Modify]:
        return {f"{self.name}:autogenerate": lambda current, raw: to_string(raw) + self._generated_if_any()}

    def _generated_if_any(self) -> str:
        try:
            return self.generate()
        except (CannotGenerate, InvalidPattern):
            return ""


def _error_of_id(value: str) -> FieldError | None:
    """Refuse ids that would not do as the name of a folder."""
    for character in _FORBIDDEN_IN_IDS:
        if character in value:
            return FieldError(
                "validation_forbidden_pk_character",
                f"'{character}' is not a valid primary key character.",
                {"ch": character},
            )
    reserved = value.upper()
    if reserved in _RESERVED_IDS:
        return FieldError(
            "validation_reserved_pk",
            f"The primary key '{reserved}' is reserved and cannot be used.",
            {"reserved": reserved},
        )
    return None

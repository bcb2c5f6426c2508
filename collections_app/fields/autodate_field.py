"""`autodate`: the moment of the record's creation or last update, set by every write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from collections_app.fields.base import OptionContext, ValueContext
from collections_app.fields.options import OptionError
from collections_app.fields.registry import register
from collections_app.fields.texts import HoldsMoment
from platform_app.database.dates import now
from platform_app.wire.errors import FieldError


@register
@dataclass(frozen=True, kw_only=True)
class AutodateField(HoldsMoment):
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

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        return None

    def value_on_write(self, *, is_new: bool) -> str | None:
        return now() if (self.on_create if is_new else self.on_update) else None

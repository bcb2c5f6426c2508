"""`date`: a moment in UTC with milliseconds, or the empty text."""

from dataclasses import dataclass
from dataclasses import field as option
from typing import Any, ClassVar

from collections_app.fields.base import ValueContext
from collections_app.fields.registry import register
from collections_app.fields.texts import HoldsMoment
from platform_app.wire.datetimes import (
    as_go_text,
    as_rfc3339,
)
from platform_app.wire.errors import FieldError, required
from platform_app.wire.struct_decoding import read_moment


@register
@dataclass(frozen=True, kw_only=True)
class DateField(HoldsMoment):
    type: ClassVar[str] = "date"

    min: str = option(default="", metadata={"read": read_moment})
    max: str = option(default="", metadata={"read": read_moment})

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if not value:
            return required() if self.required else None
        if self.min and value < self.min:
            return FieldError(
                "validation_min_greater_equal_than_required",
                f"Must be no less than {as_go_text(self.min)}.",
                {"threshold": as_rfc3339(self.min)},
            )
        if self.max and value > self.max:
            return FieldError(
                "validation_max_less_equal_than_required",
                f"Must be no greater than {as_go_text(self.max)}.",
                {"threshold": as_rfc3339(self.max)},
            )
        return None

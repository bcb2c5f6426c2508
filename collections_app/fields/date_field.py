"""`date`: a moment in UTC with milliseconds, or the empty text."""

import re
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

# Go reads nanoseconds.
_BELOW_MILLISECONDS = re.compile(r"[.,][0-9]{3}(?=[0-9]{0,5}[1-9])")


class _PartOfMillisecondLater(str):
    """A moment as it is stored, which was given with a part of a millisecond more."""

    __slots__ = ()


@register
@dataclass(frozen=True, kw_only=True)
class DateField(HoldsMoment):
    type: ClassVar[str] = "date"

    min: str = option(default="", metadata={"read": read_moment})
    max: str = option(default="", metadata={"read": read_moment})

    def clean(self, raw: Any) -> str:
        moment = super().clean(raw)
        # The limit is compared with what was given, before it is cut to milliseconds.
        if moment and moment == self.max and _BELOW_MILLISECONDS.search(str(raw)):
            return _PartOfMillisecondLater(moment)
        return moment

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if not value:
            return required() if self.required else None
        if self.min and value < self.min:
            return FieldError(
                "validation_min_greater_equal_than_required",
                f"Must be no less than {as_go_text(self.min)}.",
                {"threshold": as_rfc3339(self.min)},
            )
        if self.max and (value > self.max or isinstance(value, _PartOfMillisecondLater)):
            return FieldError(
                "validation_max_less_equal_than_required",
                f"Must be no greater than {as_go_text(self.max)}.",
                {"threshold": as_rfc3339(self.max)},
            )
        return None

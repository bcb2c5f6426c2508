"""`select`: one or several of a fixed list of texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from collections_app.fields.base import OptionContext, ValueContext
from collections_app.fields.lists import HoldsTexts
from collections_app.fields.options import OptionError, range_error
from collections_app.fields.registry import register
from platform_app.wire.errors import FieldError, required, sentenize


@register
@dataclass(frozen=True, kw_only=True)
class SelectField(HoldsTexts):
    type: ClassVar[str] = "select"

    values: tuple[str, ...] | None = None

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {
            "values": None if self.values else required(),
            "maxSelect": range_error(self.max_select, 0, len(self.values or ()) or 1),
        }

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        texts = self.as_list(value)
        if not texts:
            return required() if self.required else None
        too_many = self.too_many_error(texts)
        if too_many is not None:
            return too_many
        for text in texts:
            if text not in (self.values or ()):
                return FieldError(
                    "validation_invalid_value", sentenize(f"Invalid value {text}"), {"value": text}
                )
        return None

"""`editor`: HTML text, stored as it was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as option
from typing import Any, ClassVar

from collections_app.fields.base import OptionContext, ValueContext
from collections_app.fields.options import OptionError, range_error
from collections_app.fields.registry import register
from collections_app.fields.texts import HoldsText
from platform_app.wire.errors import FieldError, required
from platform_app.wire.struct_decoding import read_int64

_DEFAULT_MAX_BYTES = 5 << 20


@register
@dataclass(frozen=True, kw_only=True)
class EditorField(HoldsText):
    type: ClassVar[str] = "editor"

    max_size: int = option(default=0, metadata={"read": read_int64})
    convert_urls: bool = option(default=False, metadata={"key": "convertURLs"})

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {"maxSize": range_error(self.max_size, 0)}

    @property
    def body_limit_bytes(self) -> int:
        return self.max_size if self.max_size > 0 else _DEFAULT_MAX_BYTES

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if self.required and not value:
            return required()
        limit = self.body_limit_bytes
        if len(value) * 4 > limit and len(value.encode()) > limit:
            return FieldError(
                "validation_content_size_limit",
                f"The maximum allowed content size is {limit} bytes.",
                {"maxSize": limit},
            )
        return None

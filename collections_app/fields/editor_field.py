"""`editor`: HTML text, stored as it was sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from collections_app.errors import FieldError, required
from collections_app.fields import columns_sql
from collections_app.fields.base import Field, OptionContext, OptionError, ValueContext, Vendor, option
from collections_app.fields.casting import to_string
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.options import range_error
from collections_app.fields.registry import register
from collections_app.fields.texts import text_from_db

_DEFAULT_MAX_BYTES = 5 << 20


@register
@dataclass(frozen=True, kw_only=True)
class EditorField(Field):
    type: ClassVar[str] = "editor"

    max_size: int = 0
    convert_urls: bool = option(default=False, metadata={"key": "convertURLs"})

    def own_option_errors(self, context: OptionContext) -> Mapping[str, OptionError | None]:
        return {"maxSize": range_error(self.max_size, 0)}

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.text_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    @property
    def zero(self) -> str:
        return ""

    @property
    def body_limit_bytes(self) -> int:
        return self.max_size if self.max_size > 0 else _DEFAULT_MAX_BYTES

    def clean(self, raw: Any) -> str:
        return to_string(raw)

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

    def from_db(self, stored: Any) -> str:
        return text_from_db(stored)

    def to_db(self, value: Any) -> str:
        return str(value)

    @cached_property
    def decoder(self) -> None:
        return None

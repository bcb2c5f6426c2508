"""`url`: the address of a web page or another resource, kept as it was written."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from collections_app.errors import FieldError, required
from collections_app.fields import columns_sql
from collections_app.fields.base import ValueContext, Vendor
from collections_app.fields.casting import to_string
from collections_app.fields.domains import LimitsDomains
from collections_app.fields.model_fields import TextColumn, model_field
from collections_app.fields.registry import register
from collections_app.fields.texts import text_from_db
from collections_app.fields.urls import host_of, is_url


@register
@dataclass(frozen=True, kw_only=True)
class UrlField(LimitsDomains):
    type: ClassVar[str] = "url"

    def column_sql(self, vendor: Vendor) -> str:
        return columns_sql.text_column(vendor)

    def model_field(self) -> Any:
        return model_field(TextColumn, self)

    @property
    def zero(self) -> str:
        return ""

    def clean(self, raw: Any) -> str:
        return to_string(raw)

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if not value:
            return required() if self.required else None
        if not is_url(value):
            return FieldError("validation_invalid_url", "Must be a valid url.")
        if not self.allows_domain(host_of(value)):
            return FieldError("validation_url_domain_not_allowed", "Url domain is not allowed.")
        return None

    def from_db(self, stored: Any) -> str:
        return text_from_db(stored)

    def to_db(self, value: Any) -> str:
        return str(value)

    @cached_property
    def decoder(self) -> None:
        return None

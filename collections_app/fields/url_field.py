"""`url`: the address of a web page or another resource, kept as it was written."""

from dataclasses import dataclass
from typing import Any, ClassVar

from collections_app.fields.base import ValueContext
from collections_app.fields.domains import LimitsDomains
from collections_app.fields.registry import register
from platform_app.wire.errors import FieldError, required
from platform_app.wire.urls import host_of, is_url


@register
@dataclass(frozen=True, kw_only=True)
class UrlField(LimitsDomains):
    type: ClassVar[str] = "url"

    def error_of(self, value: Any, context: ValueContext) -> FieldError | None:
        if not value:
            return required() if self.required else None
        if not is_url(value):
            return FieldError("validation_invalid_url", "Must be a valid url.")
        if not self.allows_domain(host_of(value)):
            return FieldError("validation_url_domain_not_allowed", "Url domain is not allowed.")
        return None

"""RequestInfo: what rules and hooks may read of a request (contract/records.md 1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from collections_app.system_names import SUPERUSERS

if TYPE_CHECKING:
    from django.http import HttpRequest

    from collections_app.records.record import Record

Context = Literal["default", "expand", "realtime", "protectedFile", "batch", "oauth2", "otp", "password"]


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """One request as rules see it.

    `query` and `headers` hold the first value of each key, header keys snake-cased; `body` is the
    parsed body, or the resolved data of a write; `auth` is the signed-in record, None for guests. Rules see
    no more than that; `request` is for hooks, and None where code asks for what a request could have.
    """

    method: str = "GET"
    context: Context = "default"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    auth: "Record | None" = None
    request: "HttpRequest | None" = field(default=None, compare=False, repr=False)

    @property
    def is_superuser(self) -> bool:
        return self.auth is not None and self.auth.collection.name == SUPERUSERS

    def within(self, context: Context) -> Self:
        """The same request seen from another context, such as an expand."""
        return replace(self, context=context)

    def with_body(self, body: Mapping[str, Any]) -> Self:
        """The same request with its body resolved, as the rules of a write read it."""
        return replace(self, body=body)

"""RequestInfo: what rules and hooks may read of a request (contract/records.md 1.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from collections_app.system_names import SUPERUSERS
from platform_app.wire.errors import Forbidden

if TYPE_CHECKING:
    from django.http import HttpRequest

    from collections_app.collection import Collection
    from collections_app.records.record import Record

Context = Literal["default", "expand", "realtime", "protectedFile", "batch", "oauth2", "otp", "password"]
Action = Literal["view", "add", "change", "delete"]


class Grants(Protocol):
    """What somebody may do with records who is let in for that, whatever the rules of the API say."""

    @property
    def viewed(self) -> frozenset[str]:
        """The ids of the collections whose records may be seen, hidden fields included."""

    def allow(self, action: Action, collection: "Collection", record_id: str = "") -> bool:
        """Whether that is granted; of a record if one is named."""


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """One request as rules see it.

    `query` and `headers` hold the first value of each key, header keys snake-cased; `body` is the
    parsed body, or the resolved data of a write; `auth` is the signed-in record, None for guests. Rules see
    no more than that; `request` is for hooks, and None where code asks for what a request could have.

    With `grants` no rule is asked at all: what they allow is allowed, and all else refused. Only the
    dashboard gives them, to its staff; a request to the API never has any.
    """

    method: str = "GET"
    context: Context = "default"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    auth: "Record | None" = None
    request: "HttpRequest | None" = field(default=None, compare=False, repr=False)
    grants: Grants | None = None

    @property
    def is_superuser(self) -> bool:
        return self.auth is not None and self.auth.collection.name == SUPERUSERS

    def is_above_rules(self, action: Action, collection: "Collection", record_id: str = "") -> bool:
        """Whether this is done without asking the collection's rules.

        Raises Forbidden for who goes by grants that do not have it.
        """
        if self.grants is None:
            return self.is_superuser
        if not self.grants.allow(action, collection, record_id):
            raise Forbidden("You may not do this here.")
        return True

    def sees_all_of(self, collection: "Collection") -> bool:
        """Whether hidden fields are no secret of the collection's records."""
        return self.is_superuser if self.grants is None else collection.id in self.grants.viewed

    def within(self, context: Context) -> Self:
        """The same request seen from another context, such as an expand."""
        return replace(self, context=context)

    def with_body(self, body: Mapping[str, Any]) -> Self:
        """The same request with its body resolved, as the rules of a write read it."""
        return replace(self, body=body)

"""Collections for tests of the filter compiler, whose fields know only what the compiler asks of them."""

from dataclasses import dataclass, field
from typing import Any, cast

from collections_app.collection import Collection
from collections_app.fields.base import Field

LISTS = ("select", "file", "relation")


@dataclass(frozen=True)
class StandIn:
    """The part of a field that the compiler looks at."""

    type: str
    name: str
    hidden: bool = False
    max_select: int = 1
    collection_id: str = ""
    system: bool = field(default=False, compare=False)

    @property
    def affinity(self) -> str:
        return "numeric" if self.type in ("number", "bool") else "text"

    @property
    def is_multiple(self) -> bool:
        return self.type in LISTS and self.max_select > 1


def make_field(kind: str, name: str, **options: Any) -> Field:
    return cast(Field, StandIn(kind, name, **options))


def make_collection(
    name: str, *fields: Field, kind: str = "base", list_rule: str | None = "", **options: Any
) -> Collection:
    """A collection with an `id` field and, for auth collections, the fields that these have."""
    own = [make_field("text", "id"), *fields]
    if kind == "auth":
        own += [
            make_field("email", "email"),
            make_field("bool", "emailVisibility"),
            make_field("bool", "verified"),
            make_field("text", "tokenKey", hidden=True),
        ]
    return Collection(
        id=options.pop("id", f"{name}_id"),
        name=name,
        type=cast(Any, kind),
        fields=tuple(own),
        list_rule=list_rule,
        **options,
    )

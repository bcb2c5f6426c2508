"""Collection: the immutable definition of one collection, with what is worked out from it once.

Shapes and defaults follow contract/collections.md 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from collections_app.auth_options import AuthOptions
from collections_app.fields.base import Field
from collections_app.tables.indexes import Index, parse_index

CollectionType = Literal["base", "auth", "view"]


@dataclass(frozen=True, eq=False)
class Collection:
    """A collection as stored in `_collections`.

    `options` is the stored JSON object: the auth options or `viewQuery`, spelled as in the API.
    A rule of None lets only superusers in, an empty one everybody.
    """

    id: str
    name: str
    type: CollectionType = "base"
    fields: tuple[Field, ...] = ()
    indexes: tuple[str, ...] = ()
    list_rule: str | None = None
    view_rule: str | None = None
    create_rule: str | None = None
    update_rule: str | None = None
    delete_rule: str | None = None
    system: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    created: str = ""
    updated: str = ""

    @property
    def is_auth(self) -> bool:
        return self.type == "auth"

    @property
    def is_view(self) -> bool:
        return self.type == "view"

    @cached_property
    def tags(self) -> frozenset[str]:
        """By these receivers of hooks limit themselves to this collection; `@auth` is any of that type."""
        return frozenset((self.id, self.name, f"@{self.type}"))

    @cached_property
    def fields_by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.fields}

    @cached_property
    def sorted_fields(self) -> tuple[Field, ...]:
        """The fields by name, in the order in which records are written as JSON."""
        return tuple(sorted(self.fields, key=lambda field: field.name))

    @cached_property
    def auth(self) -> AuthOptions:
        """The options of an auth collection; reading them of another type is a programming error."""
        if not self.is_auth:
            raise TypeError(f"{self.name} is not an auth collection")
        return AuthOptions.from_json(self.options)

    @property
    def view_query(self) -> str:
        return str(self.options.get("viewQuery") or "")

    @cached_property
    def parsed_indexes(self) -> tuple[Index, ...]:
        parsed = (parse_index(text) for text in self.indexes)
        return tuple(index for index in parsed if index is not None)

    def unique_index_of(self, field_name: str) -> Index | None:
        """The UNIQUE index over just this column, if there is one (column names ignore case)."""
        for index in self.parsed_indexes:
            if (
                index.unique
                and len(index.columns) == 1
                and index.columns[0].name.lower() == field_name.lower()
            ):
                return index
        return None

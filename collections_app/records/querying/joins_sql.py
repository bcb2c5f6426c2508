"""The joins of one statement: shared by rule and filter, registered once per path."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.filterlang.dialects.base import Column, Dialect, Join
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import Fragment, Kind, Value
from collections_app.records.querying.view_marks_sql import view_mark
from collections_app.request_info import RequestInfo
from platform_app.database.quoting_sql import quoted

Probe = Callable[[RequestInfo], Hashable]

LIST_TYPES = frozenset(("select", "file", "relation"))
_KINDS: dict[str, Kind] = {"number": "number", "bool": "bool"}


@dataclass(slots=True)
class Shapes:
    """The questions about the request whose answers shaped the SQL.

    A compiled statement may be used again for every request that gives the same answers.
    """

    probes: dict[Hashable, Probe] = field(default_factory=dict)

    def ask(self, key: Hashable, probe: Probe, info: RequestInfo) -> Any:
        self.probes[key] = probe
        return probe(info)


@dataclass(slots=True)
class StatementContext:
    """What all resolvers of one statement share.

    `restricted` are the joined collections whose list rule the client has to satisfy, by alias.
    """

    catalog: Catalog
    info: RequestInfo
    dialect: Dialect
    shapes: Shapes
    joins: dict[Hashable, Join] = field(default_factory=dict)
    restricted: dict[str, Collection] = field(default_factory=dict)
    alias_count: int = 0

    def new_alias(self) -> str:
        """A table alias that no collection can have: `@` is not allowed in names."""
        self.alias_count += 1
        return f"@{self.alias_count}"

    def ask(self, key: Hashable, probe: Probe) -> Any:
        return self.shapes.ask(key, probe, self.info)

    def column(self, table: str, collection: Collection, field: Field, *, is_planned: bool = False) -> Value:
        """A field's column, as it is stored."""
        return self.dialect.column(
            Column(
                table=table,
                name=field.name,
                kind=_KINDS.get(field.type, "number" if field.affinity == "numeric" else "text")
                if not _holds_json(field)
                else "text",
                has_affinity=not is_planned and not _holds_json(field),
                is_loose=collection.is_view,
            )
        )

    def table_join(self, alias: str, collection: Collection, on: Fragment | None) -> Join:
        source = (view_mark(collection) + quoted(collection.name),)
        return Join(alias, source, on, has_rowid=not collection.is_view)


@dataclass(slots=True)
class ManyRows:
    """The rows that a path reaches from one base row, on its own copy of the joins."""

    statement: StatementContext
    table: str
    base_alias: str
    first_alias: str
    joins: list[Join] = field(default_factory=list)

    def select(self, value: Value) -> Fragment:
        first, base = quoted(self.first_alias), quoted(self.base_alias)
        result: Fragment = ("SELECT ", *value.sql, f' AS "value" FROM {quoted(self.table)} {first}')
        for join in self.joins:
            result += self.statement.dialect.join(join)
        return (*result, f' WHERE {first}."id" = {base}."id"')


def _holds_json(field: Field) -> bool:
    return field.is_multiple or field.type in ("json", "geoPoint")


def require_list_access(statement: StatementContext, collection: Collection, alias: str) -> None:
    """Let a client reach into `collection` as far as its list rule allows.

    Raises FilterError when only superusers may list it.
    """
    if collection.list_rule is None:
        raise FilterError(f"expected a field outside of {collection.name}, which only superusers may list")
    statement.restricted[alias] = collection

"""RecordResolver: from a field path to a column, with the joins on the way.

Reference: contract/filters.md 5 and 6; core/record_field_resolver_runner.go of PocketBase v0.39.11.
"""

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, cast

from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.fields.text_field import TextField
from collections_app.filterlang.dialects.base import Join
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import NULL, Fallback, Fragment, Operand, Value
from collections_app.records.querying.back_relations import back_relation
from collections_app.records.querying.joins_sql import (
    LIST_TYPES,
    ManyRows,
    StatementContext,
    require_list_access,
)
from platform_app.wire.json_text import quote

MAX_RELATIONS = 6
MODIFIERS = frozenset(("isset", "each", "length", "lower", "changed"))

_INDEX = re.compile(r"[0-9]{1,18}")
_UNSAFE_IN_PATH = re.compile(r"\W+", re.ASCII)

NULL_OPERAND = Operand(NULL)
# The id of a definition that has none and is still judged.
_KEY = TextField(name="id", primary_key=True)


class _NoBackRelation(FilterError):
    """The name leads nowhere; below the request that means NULL."""


@dataclass(frozen=True, slots=True)
class Base:
    """The rows that a filter speaks about.

    `alias` is how the statement calls them, `table` where they come from; `is_planned` marks rows that
    are not stored yet, whose columns have no affinity. `scope` keeps the joins of one rule apart.
    """

    collection: Collection
    alias: str
    table: str
    is_planned: bool = False
    scope: str = ""


@dataclass(slots=True)
class Place:
    """Where a path has come to: a collection, its alias, and its alias among the many rows."""

    collection: Collection
    alias: str
    many_alias: str


@dataclass(slots=True)
class Walk:
    """One path on its way from the base rows to a column.

    `allows_hidden` is a rule's or superuser's right; `is_lenient` makes unknown fields NULL. `opened` are the
    ids of the collections that a client with grants has the same right in; it may not look into others.
    """

    statement: StatementContext
    base: Base
    allows_hidden: bool
    is_lenient: bool
    opened: frozenset[str] | None = None
    place: Place = field(init=False)
    many: ManyRows = field(init=False)
    is_many: bool = False

    def __post_init__(self) -> None:
        first = self.statement.new_alias()
        self.place = Place(self.base.collection, self.base.alias, first)
        self.many = ManyRows(self.statement, self.base.table, self.base.alias, first)

    def opens(self, collection: Collection) -> bool:
        """Whether nothing of the collection is hidden here."""
        return self.allows_hidden or (self.opened is not None and collection.id in self.opened)

    # --- joins ---

    def register(self, key: Hashable, collection: Collection | None, make: Callable[[str], Join]) -> str:
        """The alias of a join of the main statement; the same key gives the same joined row."""
        joins = self.statement.joins
        full_key = (self.base.scope, key)
        join = joins.get(full_key)
        if join is None:
            join = joins[full_key] = make(self.statement.new_alias())
        if collection is not None and not self.opens(collection):
            if self.opened is not None:
                raise FilterError(f"expected a field outside of {collection.name}, which you may not see")
            require_list_access(self.statement, collection, join.alias)
        return join.alias

    def move(self, key: Hashable, collection: Collection, on: Callable[[str, str], Fragment | None]) -> None:
        """Join `collection`; `on(alias, parent)` is the condition, here and among the many rows."""
        parent, many_parent = self.place.alias, self.place.many_alias
        table_join = self.statement.table_join
        alias = self.register(key, collection, lambda alias: table_join(alias, collection, on(alias, parent)))
        many_alias = self.statement.new_alias()
        self.many.joins.append(table_join(many_alias, collection, on(many_alias, many_parent)))
        self.place = Place(collection, alias, many_alias)

    def elements(self, key: Hashable, source: Callable[[str], Fragment]) -> tuple[Value, Value]:
        """Join the elements of a list; `source(alias)` makes them from the table with that alias."""
        parent, many_parent = self.place.alias, self.place.many_alias
        alias = self.register(key, None, lambda alias: Join(alias, source(parent), is_elements=True))
        many_alias = self.statement.new_alias()
        self.many.joins.append(Join(many_alias, source(many_parent), is_elements=True))
        element = self.statement.dialect.element
        return element(alias), element(many_alias)

    def column(self, alias: str, collection: Collection, field: Field) -> Value:
        is_planned = self.base.is_planned and alias in (self.base.alias, self.many.first_alias)
        return self.statement.column(alias, collection, field, is_planned=is_planned)

    # --- the path ---

    def follow(self, props: list[str]) -> Operand:
        """The operand at the end of `props`, seen from the current place."""
        for depth, prop in enumerate(props[:-1]):
            collection = self.place.collection
            found = collection.fields_by_name.get(prop)
            if found is not None and found.hidden and not self.opens(collection):
                raise FilterError(f"non-filterable field {quote(prop)}")
            if found is not None and found.type in ("json", "geoPoint"):
                return self._json(found, props[depth + 1 :])
            if depth >= MAX_RELATIONS:
                raise FilterError(f"max nested relations reached for field {quote(prop)}")
            if found is None:
                if not self._back(prop):
                    return NULL_OPERAND
            elif found.type != "relation":
                raise FilterError(f"field {quote(prop)} is not a valid relation")
            else:
                target = self._target(found)
                if not found.is_multiple and props[depth + 1 :] == ["id"]:
                    return self._last(prop)  # the column holds the id already
                self._forward(found, target)
        return self._last(props[-1])

    def _target(self, relation: Field) -> Collection:
        """What a relation field points to; a definition that is still judged may call it by its name."""
        target = self.load(cast(Any, relation).collection_id)
        if target is None:
            raise FilterError(f"failed to load field {quote(relation.name)} collection")
        return target

    def _forward(self, relation: Field, target: Collection) -> None:
        """Go from records to the ones that their relation field points to."""
        source, parent = self.place.collection, self.place.alias
        key = (parent, "to", relation.name)
        compare = self.statement.dialect.compare
        if not relation.is_multiple:
            self.move(
                key,
                target,
                lambda alias, origin: compare(
                    "=", self._id(alias, target), self.column(origin, source, relation)
                ),
            )
            return
        self.is_many = True
        values = self._elements_of(relation)
        # The ids of the list were joined twice, for this statement and for the many rows.
        by_origin = dict(zip((parent, self.place.many_alias), values, strict=True))
        self.move(key, target, lambda alias, origin: compare("=", self._id(alias, target), by_origin[origin]))

    def _elements_of(self, listing: Field) -> tuple[Value, Value]:
        collection, dialect = self.place.collection, self.statement.dialect
        return self.elements(
            (self.place.alias, "each", listing.name),
            lambda alias: dialect.elements_of_column(self.column(alias, collection, listing)),
        )

    def _back(self, prop: str) -> bool:
        """Go from records to those that point at them; False where an unknown name means NULL."""
        try:
            origin, back = self._back_relation(prop)
        except _NoBackRelation:
            if self.is_lenient:
                return False
            raise
        self._join_back(prop, self.place.collection, origin, back)
        return True

    def _back_relation(self, prop: str) -> tuple[Collection, Field]:
        """The collection and the relation field of a `COLLECTION_via_FIELD`."""
        found = back_relation(prop)
        if found is None:
            raise _NoBackRelation(f"failed to resolve field {quote(prop)}")
        origin = self.load(found[0])
        if origin is None:
            raise _NoBackRelation(f"failed to load back relation field {quote(prop)} collection")
        name = found[1]
        back = origin.fields_by_name.get(name)
        if back is None:
            raise _NoBackRelation(f"missing back relation field {quote(name)}")
        if back.type != "relation":
            raise _NoBackRelation(f"invalid back relation field {quote(name)}")
        if back.hidden and not self.opens(origin):
            raise FilterError(f"non-filterable back relation field {quote(name)}")
        # A row that is not stored yet has another identity: nothing can point at it.
        is_planned = self.base.is_planned and self.place.alias == self.base.alias
        if is_planned or cast(Any, back).collection_id != self.place.collection.id:
            raise _NoBackRelation(f"invalid collection reference of a back relation field {quote(name)}")
        return origin, back

    def _join_back(self, prop: str, source: Collection, origin: Collection, back: Field) -> None:
        dialect = self.statement.dialect
        if back.is_multiple or origin.unique_index_of(back.name) is None:
            self.is_many = True

        def on(alias: str, parent: str) -> Fragment:
            column, target = self.column(alias, origin, back), self._id(parent, source)
            if back.is_multiple:
                return dialect.element_of(target, column)
            return dialect.compare("=", column, target)

        self.move((self.place.alias, "back", prop), origin, on)

    def load(self, name_or_id: str) -> Collection | None:
        base = self.base.collection
        if not self.base.is_planned and name_or_id in (base.name, base.id):
            return base
        return self.statement.catalog.find(name_or_id)

    def _id(self, alias: str, collection: Collection) -> Value:
        return self.column(alias, collection, collection.fields_by_name.get("id", _KEY))

    # --- the end of the path ---

    def _last(self, prop: str) -> Operand:
        name, modifier = split_modifier(prop)
        collection = self.place.collection
        found = collection.fields_by_name.get(name)
        if found is None:
            if self.is_lenient:
                return NULL_OPERAND
            raise FilterError(f"unknown field {quote(name)}")
        if found.hidden and not self.opens(collection):
            raise FilterError(f"non-filterable field {quote(name)}")
        dialect = self.statement.dialect
        if found.type in LIST_TYPES and modifier == "length":
            return self._operand(found, dialect.list_length)
        if found.type in LIST_TYPES and modifier == "each":
            value, many_value = self._elements_of(found)
            self.is_many = self.is_many or found.is_multiple
            return self._finish(value, many_value, is_joined=True)
        change: Callable[[Value], Value] = lambda value: value  # noqa: E731
        if found.type == "json":
            change = lambda value: dialect.json_value(value, ())  # noqa: E731
        if modifier == "lower":
            inner = change
            change = lambda value: dialect.lower(inner(value))  # noqa: E731
        fallback = Fallback.NEVER if found.type == "json" else Fallback.AUTO
        return self._operand(found, change, fallback=fallback, guard=self._guard(found))

    def _guard(self, found: Field) -> Fragment | None:
        """That the e-mail address is a public one, for clients that compare it."""
        collection = self.place.collection
        visibility = collection.fields_by_name.get("emailVisibility")
        if found.name != "email" or self.opens(collection) or not collection.is_auth or visibility is None:
            return None
        return self.statement.dialect.is_true(self.column(self.place.alias, collection, visibility))

    def _json(self, found: Field, parts: list[str]) -> Operand:
        """What a json or geoPoint field holds further down its path."""
        path: list[str | int] = []
        for part in parts:
            if _INDEX.fullmatch(part):
                path.append(int(part))
                continue
            key = _UNSAFE_IN_PATH.sub("", part)
            if not key:
                raise FilterError(f"expected a name after each dot of {found.name}")
            path.append(key)
        dialect = self.statement.dialect
        return self._operand(found, lambda value: dialect.json_value(value, path), fallback=Fallback.NEVER)

    def _operand(
        self,
        found: Field,
        change: Callable[[Value], Value],
        *,
        fallback: Fallback = Fallback.AUTO,
        guard: Fragment | None = None,
    ) -> Operand:
        place = self.place
        value = change(self.column(place.alias, place.collection, found))
        many_value = change(self.column(place.many_alias, place.collection, found)) if self.is_many else None
        is_joined = place.alias != self.base.alias
        return self._finish(value, many_value, fallback=fallback, guard=guard, is_joined=is_joined)

    def _finish(
        self,
        value: Value,
        many_value: Value | None,
        *,
        fallback: Fallback = Fallback.AUTO,
        guard: Fragment | None = None,
        is_joined: bool,
    ) -> Operand:
        return Operand(
            value,
            fallback=fallback,
            guard=guard,
            is_column=True,
            is_joined=is_joined,
            many=self.many if self.is_many else None,
            many_value=many_value,
        )


def split_modifier(prop: str) -> tuple[str, str]:
    """A name and its modifier, "" for none. Raises FilterError for an unknown one."""
    name, colon, modifier = prop.partition(":")
    if not colon or ":" in modifier:
        return prop, ""
    if modifier not in MODIFIERS:
        raise FilterError(f"unknown modifier in {quote(prop)}")
    return name, modifier

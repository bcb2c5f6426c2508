"""RecordResolver: the names that rules and filters may use, and what they stand for.

Reference: contract/filters.md 5 and 6; core/record_field_resolver.go of PocketBase v0.39.11.
"""

import re
from dataclasses import dataclass
from typing import Any, cast

from collections_app.fields.base import Field
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import Fallback, Fragment, Kind, Operand, Param, Value
from collections_app.filterlang.nodes import Comparison, Identifier
from collections_app.filterlang.where_sql import Compiler
from collections_app.records.querying.joins_sql import LIST_TYPES, StatementContext
from collections_app.records.querying.paths_sql import NULL_OPERAND, Base, Walk, split_modifier
from collections_app.records.querying.request_values import (
    MISSING,
    Shape,
    as_list,
    as_text,
    json_kind,
    raw_reader,
    shape_of,
    submitted_elements,
    submitted_ids,
    value_reader,
)
from platform_app.database.lanes import check_time
from platform_app.wire.json_text import quote

_NAMES = re.compile(
    r"\w[\w.:]*|@request\.(context|method)"
    r"|@request\.(auth|body|query|headers)\.[\w.:]*\w|@collection\.\w+(:\w+)?\.[\w.:]*\w",
    re.ASCII,
)
# Read from the signed-in record itself; other fields are looked up in its table.
_PLAIN_AUTH = frozenset(("id", "collectionId", "collectionName", "email", "emailVisibility", "verified"))
_KINDS: dict[Shape, Kind] = {"empty": "text", "text": "text", "real": "real", "integer": "number"}


@dataclass(slots=True)
class RecordResolver:
    """Resolves names against one base collection.

    `allows_hidden` is the right of rules and superusers to use hidden fields and every collection; `opened`
    are the ids of those that a client with grants may use so, while it may use no other one.
    """

    statement: StatementContext
    base: Base
    allows_hidden: bool = True
    opened: frozenset[str] | None = None

    def new_alias(self) -> str:
        return self.statement.new_alias()

    def resolve(self, name: str) -> Operand:
        check_time()
        if not _NAMES.fullmatch(name):
            raise FilterError(f"failed to resolve field {quote(name)}")
        props = name.split(".")
        if props[0] == "@collection":
            return self._collection(props)
        if props[0] != "@request":
            return self._walk().follow(props)
        if props[1] == "auth":
            return self._auth(props[2:])
        if props[1] == "body":
            return self._body(props[2:])
        return self._static(tuple(props[1:]))

    def _walk(self, *, is_lenient: bool = False) -> Walk:
        return Walk(self.statement, self.base, self.allows_hidden, is_lenient, self.opened)

    # --- @collection and @request.auth ---

    def _collection(self, props: list[str]) -> Operand:
        """Every row of another collection, whatever the base row."""
        name, _, alias = props[1].partition(":")
        walk = self._walk()
        collection = walk.load(name)
        if collection is None:
            path = quote(".".join(props))
            raise FilterError(f"failed to load collection {quote(props[1])} from field path {path}")
        walk.is_many = True
        walk.move(("collection", collection.id, alias), collection, lambda alias, parent: None)
        return walk.follow(props[2:])

    def _auth(self, props: list[str]) -> Operand:
        """A value of the signed-in record; of guests everything is NULL."""
        collection_id = self.statement.ask(
            "auth", lambda info: info.auth.collection.id if info.auth else None
        )
        auth = self.statement.info.auth
        if collection_id is None or auth is None:
            return NULL_OPERAND
        if len(props) == 1 and props[0] in _PLAIN_AUTH:
            return self._static(("auth", props[0]))
        walk = self._walk(is_lenient=True)
        collection = self.statement.catalog.by_id(collection_id) or auth.collection
        signed_in = Value((Param("text", read=lambda info: info.auth.id),), "text")
        id_field = collection.fields_by_name["id"]
        dialect = self.statement.dialect
        walk.move(
            ("auth", collection_id),
            collection,
            lambda alias, parent: dialect.compare("=", walk.column(alias, collection, id_field), signed_in),
        )
        return walk.follow(props)

    # --- @request.body ---

    def _body(self, props: list[str]) -> Operand:
        name, modifier = split_modifier(props[0])
        known = self.base.collection.fields_by_name.get(name)
        if known is not None and known.type == "relation" and len(props) > 1:
            return self._body_relation(known, props[1:])
        if known is not None and len(props) == 1:
            if modifier == "each":
                return self._body_each(known)
            if modifier == "length":
                return self._body_length(known)
            if modifier == "lower":
                return self._body_lower(known)
            if modifier == "changed":
                return self._body_changed(known)
        return self._static(("body", *props))

    def _body_relation(self, relation: Field, props: list[str]) -> Operand:
        """A field of the records that a relation field was submitted with."""
        walk = self._walk(is_lenient=True)
        name, target_id = relation.name, cast(Any, relation).collection_id
        target = self.statement.catalog.by_id(target_id)
        if target is None:
            raise FilterError(f"failed to load collection {quote(target_id)} from data field {quote(name)}")
        has_ids = self.statement.ask(
            ("ids", name), lambda info: bool(submitted_ids(info.body.get(name, MISSING)))
        )
        if not has_ids:
            return NULL_OPERAND
        ids = Param("list", read=lambda info: submitted_ids(info.body.get(name, MISSING)))
        walk.is_many = relation.is_multiple
        id_field = target.fields_by_name["id"]
        dialect = self.statement.dialect
        walk.move(
            ("body", target.id, name),
            target,
            lambda alias, parent: dialect.one_of(walk.column(alias, target, id_field), ids),
        )
        return walk.follow(props)

    def _body_each(self, known: Field) -> Operand:
        _require_list(known)
        name, dialect = known.name, self.statement.dialect
        elements = Param("list", read=lambda info: submitted_elements(info.body.get(name, MISSING)))
        walk = self._walk()
        value, many_value = walk.elements(
            ("body each", name), lambda alias: dialect.elements_of_param(elements)
        )
        if not known.is_multiple:
            return Operand(value, is_list=True)
        return Operand(value, is_list=True, many=walk.many, many_value=many_value)

    def _body_length(self, known: Field) -> Operand:
        _require_list(known)
        name = known.name
        shape = self.statement.ask(
            ("length", name), lambda info: min(len(as_list(info.body.get(name, MISSING))), 2)
        )
        count = Param("integer", read=lambda info: len(as_list(info.body.get(name, MISSING))))
        return Operand(Value((count,), "number"), is_flag=shape < 2)

    def _body_lower(self, known: Field) -> Operand:
        name = known.name
        is_empty = self.statement.ask(("lower", name), lambda info: not as_text(info.body.get(name, MISSING)))
        text = Param(
            "text",
            read=lambda info: as_text(info.body.get(name, MISSING)),
            is_empty=is_empty,
        )
        return Operand(self.statement.dialect.lower(Value((text,), "text")), is_bound=True)

    def _body_changed(self, known: Field) -> Operand:
        """Whether the field was submitted with another value than the row has."""
        submitted = f"@request.body.{known.name}"
        dialect = self.statement.dialect
        compiler = Compiler(self, dialect)
        is_set = compiler.condition(Comparison(Identifier(f"{submitted}:isset"), "=", Identifier("true")))
        differs = compiler.condition(Comparison(Identifier(submitted), "!=", Identifier(known.name)))
        if known.type == "json":
            differs = self._differs_in_kind(known, differs)
        condition = ("(", *is_set, " AND ", *differs, ")")
        return Operand(dialect.truth(condition), fallback=Fallback.NEVER)

    def _differs_in_kind(self, known: Field, differs: Fragment) -> Fragment:
        """`differs`, or JSON of another kind: to a comparison true is 1, and a list is its text."""
        name = known.name
        kind = self.statement.ask(("json", name), lambda info: json_kind(info.body.get(name, MISSING)))
        if kind is None:
            return differs
        column = self._walk().column(self.base.alias, self.base.collection, known)
        return ("(", *differs, " OR NOT ", *self.statement.dialect.holds_json(column, kind), ")")

    # --- what the request itself holds ---

    def _static(self, path: tuple[str, ...]) -> Operand:
        """A bound value of the request, or NULL."""
        name, modifier = split_modifier(path[-1])
        path = (*path[:-1], name)
        dialect = self.statement.dialect
        if modifier == "isset":
            read_raw = raw_reader(path)
            is_set = self.statement.ask(("isset", path), lambda info: read_raw(info) is not MISSING)
            return Operand(dialect.flag(is_set=is_set), is_flag=True)
        if modifier not in ("", "lower"):
            raise FilterError(f"invalid modifier sequence {name}:{modifier}")
        # A form sends numbers as text; a field of that name says when to read them as numbers.
        known = self.base.collection.fields_by_name.get(name)
        is_number = known is not None and known.type == "number"
        keeps_order = known is not None and known.type == "geoPoint" and path == ("body", name)
        read = value_reader(path, is_number=is_number, keeps_order=keeps_order)
        shape = self.statement.ask(("value", path, is_number), lambda info: shape_of(read(info)))
        if shape == "null":
            return NULL_OPERAND
        kind = _KINDS[shape]
        param = Param(
            "text" if kind == "text" else "real" if kind == "real" else "integer",
            read=read,
            is_empty=shape == "empty",
            is_flag=shape == "integer",
        )
        value = Value((param,), kind)
        return Operand(dialect.lower(value) if modifier else value, is_bound=True)


def _require_list(known: Field) -> None:
    if known.type not in LIST_TYPES:
        raise FilterError(f"field {quote(known.name)} doesn't support multivalue operations")

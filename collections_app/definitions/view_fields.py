"""The fields of view collections, worked out from their queries, and samples of what these return.

Reference: contract/collections.md 7.1 and 7.2; core/view.go, PocketBase v0.39.11.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import DatabaseError, transaction

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.definitions.plain_errors import plain_line
from collections_app.definitions.scaffolds import collection_id
from collections_app.definitions.view_origins import Origin, Sources
from collections_app.exposing.exposures import declared_fields
from collections_app.fields.base import Field, OptionContext
from collections_app.fields.field_list import merged_fields
from collections_app.fields.registry import field_from_json
from collections_app.fields.text_field import DEFAULT_ID_PATTERN
from collections_app.models import SchemaVersion
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.record import Record
from collections_app.tables import tables_sql
from collections_app.tables.editors import schema_editor
from collections_app.tables.identifiers import name_length_error
from collections_app.tables.view_query import InvalidViewQuery, Named, parse_view_query, single_statement
from platform_app.database.database_errors import database_error_text
from platform_app.database.ids import ALPHANUMERIC, random_text
from platform_app.database.rows import fetch_all
from platform_app.database.transactions import unit_of_work
from platform_app.wire.json_text import quote

SAMPLE_SIZE = 10
_TEMPORARY_LETTERS = 5

_CAST = re.compile(r"cast\s*\(.*\s+as\s+(\w+)\s*\)", re.IGNORECASE | re.DOTALL | re.ASCII)
_CAST_FIELDS: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys(("real", "decimal", "numeric"), {"type": "number"}),
    **dict.fromkeys(("int", "integer"), {"type": "number", "onlyInt": True}),
    "text": {"type": "text"},
    **dict.fromkeys(("bool", "boolean"), {"type": "bool"}),
}
_WILDCARD = (
    "wildcard columns (*) are not supported - "
    "manually type the collection field names you want the view query to have"
)
_NO_ID = "missing required id column (you can use `(ROW_NUMBER() OVER()) as id` if you don't have one)"


class NoIdColumn(InvalidViewQuery):
    """A query that works but has no `id`; `fields` are those that it has."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        super().__init__(_NO_ID)
        self.fields = fields


@dataclass(frozen=True)
class ViewSample:
    """What a query returns: the collection that it would make, and its first records."""

    collection: Collection
    records: list[Record]


def view_fields(query: str, catalog: Catalog) -> tuple[Field, ...]:
    """The fields of a view with this query.

    Raises InvalidViewQuery for a query that cannot be a view; the database is asked, nothing is kept.
    """
    if declared := declared_fields(query):
        return declared
    suggested = _suggested_fields(query, catalog)
    names = _column_names(single_statement(query))
    fields = merged_fields(suggested.get(name) or _default_field(name) for name in names)
    if "id" not in names:
        raise NoIdColumn(fields)
    return fields


def sample_view(query: str, catalog: Catalog) -> ViewSample:
    """The first records of a query, under a made-up collection. Raises InvalidViewQuery."""
    statement = single_statement(query)
    name = f"temp_view_{random_text(_TEMPORARY_LETTERS, ALPHANUMERIC)}"
    collection = Collection(
        id=collection_id("view", name),
        name=name,
        type="view",
        fields=view_fields(statement, catalog),
        options={"viewQuery": query},
    )
    for position, field in enumerate(collection.fields):
        errors = field.option_errors(OptionContext(collection, catalog.find))
        if errors:
            raise InvalidViewQuery(f"invalid field {quote(field.name)} ({position}): {plain_line(errors)}")
    records = _first_records(collection, statement)
    ids = [record.id for record in records]
    if not all(ids):
        raise InvalidViewQuery("the query could return records with empty or invalid ids")
    if len(set(ids)) < len(ids):
        raise InvalidViewQuery("the query could return records with non-unique ids")
    return ViewSample(collection, records)


# --- what the database says ---------------------------------------------------------------------------


def _column_names(statement: str) -> list[str]:
    try:
        with unit_of_work(), transaction.atomic():
            # A view locks what it selects from, which somebody who changes that may be about to need.
            SchemaVersion.lock()
            with schema_editor() as editor:
                names = list(editor.view_columns(statement))
            transaction.set_rollback(True)
    except DatabaseError as error:
        raise InvalidViewQuery(database_error_text(error)) from error
    return names


def _first_records(collection: Collection, statement: str) -> list[Record]:
    try:
        with unit_of_work(), transaction.atomic():
            SchemaVersion.lock()
            with schema_editor() as editor:
                typed = editor.typed_view_query(statement)
            columns = [field.name for field in collection.fields]
            sql = tables_sql.sample(typed, columns, collection.name, SAMPLE_SIZE, editor.engine)
            records = decode_rows(collection, fetch_all(sql))
            transaction.set_rollback(True)
    except DatabaseError as error:
        reason = f"{database_error_text(error)}; failed query: {_as_told(collection, statement)}"
        raise InvalidViewQuery(f"failed to retrieve query records: {reason}") from error
    return records


def _as_told(collection: Collection, statement: str) -> str:
    with unit_of_work(), transaction.atomic():
        with schema_editor() as editor:
            has_text_id = editor.view_columns(statement).get("id") == "text"
        transaction.set_rollback(True)
    aliases = None if has_text_id else [column.alias for column in parse_view_query(statement).columns]
    return tables_sql.sample_as_told(statement.strip(), aliases, collection.name, SAMPLE_SIZE)


# --- what the text says -------------------------------------------------------------------------------


def _suggested_fields(query: str, catalog: Catalog) -> dict[str, Field]:
    parsed = parse_view_query(query)
    sources = Sources(parsed, catalog)
    fields: dict[str, Field] = {}
    for column in parsed.columns:
        if column.alias == "*":
            raise InvalidViewQuery(_WILDCARD)
        if error := name_length_error(column.alias):
            raise InvalidViewQuery(f"the column name {column.alias} is too long: {error.message}")
        fields[column.alias] = _computed_field(column) or _copied_field(column, sources.origin_of(column))
    return fields


def _computed_field(column: Named) -> Field | None:
    """The field of an expression that says by itself what it is."""
    if column.alias == "id":
        return _default_field("id")
    text = column.original.lower()
    if text.startswith("count("):
        return field_from_json({"type": "number", "name": column.alias, "onlyInt": True})
    if text.startswith("total("):
        return field_from_json({"type": "number", "name": column.alias})
    match = _CAST.fullmatch(text)
    options = _CAST_FIELDS.get(match[1]) if match else None
    return None if options is None else field_from_json({**options, "name": column.alias})


def _copied_field(column: Named, origin: Origin | None) -> Field:
    if origin is None:
        return _default_field(column.alias)
    collection, source = origin
    if source.name.lower() == "id":
        return field_from_json(
            {"type": "relation", "name": column.alias, "maxSelect": 1, "collectionId": collection.id}
        )
    # A new id every time, so that a field may be selected under two names.
    return replace(source, id=f"_clone_{random_text(4, ALPHANUMERIC)}", name=column.alias)


def _default_field(name: str) -> Field:
    if name != "id":
        return field_from_json({"type": "json", "name": name, "maxSize": 1})
    return field_from_json(
        {
            "type": "text",
            "name": "id",
            "system": True,
            "required": True,
            "primaryKey": True,
            "pattern": DEFAULT_ID_PATTERN,
        }
    )

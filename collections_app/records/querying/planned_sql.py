"""A record that is not stored yet as a one-row table, for the create rule to look at (records.md 4.1)."""

from typing import TYPE_CHECKING

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.fields.base import Field
from collections_app.records.record import Record
from platform_app.database.quoting_sql import quoted
from platform_app.database.rows import Statement, vendor

if TYPE_CHECKING:
    from collections_app.records.querying.resolving import RecordQuery

# A blank keeps it apart from every real collection, whose names are words.
PLANNED_TABLE = "planned record"


def planned_sql(record: Record, query: "RecordQuery") -> Statement:
    """One row if the record's values pass `query`, whose base table is PLANNED_TABLE."""
    table, values = planned_table_sql(record)
    where = f" WHERE {query.where_sql}" if query.where_sql else ""
    return f"{table} SELECT 1 FROM {query.from_sql}{where} LIMIT 1", (*values, *query.params)


def planned_table_sql(record: Record) -> Statement:
    """What stands before a SELECT from PLANNED_TABLE: a CTE of the record's values."""
    collection = record.collection
    values = tuple([field.to_db(record.values[field.name]) for field in collection.fields])
    return _table(collection), values


@derived
def _table(collection: Collection) -> str:
    columns = ", ".join(f"{_mark(field)} AS {quoted(field.name)}" for field in collection.fields)
    return f"WITH {quoted(PLANNED_TABLE)} AS (SELECT {columns})"


def _mark(field: Field) -> str:
    if vendor() == "sqlite":
        return "?"
    types = {"number": "double precision", "bool": "boolean"}
    return f"%s::{types[field.type]}" if field.type in types else '%s::text COLLATE "C"'

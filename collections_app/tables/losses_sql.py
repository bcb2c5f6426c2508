"""What a change of a table would lose: how many records it has, and how many of them hold a value."""

from typing import Any

from django.db import connection

from collections_app.fields.base import Field
from platform_app.database.quoting_sql import quoted


def count_records(table: str, *, among: int | None = None) -> int:
    """`among`, here and below: look at no more than so many records, whichever come first."""
    return _count(f"SELECT COUNT(*) FROM {_some(table, 'id', among)}")


def count_values(table: str, field: Field, *, among: int | None = None) -> int:
    """The records whose value is not the one of a record that never set the field."""
    column = quoted(field.name)
    some = _some(table, field.name, among)
    sql = f"SELECT COUNT(*) FROM {some} WHERE {column} IS NOT NULL AND {column} != %s"
    return _count(sql, field.to_db(field.zero))


def count_longer_lists(table: str, column: str, *, among: int | None = None) -> int:
    """The records whose value is a list of more than one item."""
    name = quoted(column)
    if connection.vendor == "sqlite":
        is_list = f"json_valid({name}) AND json_type({name}) = 'array'"
        length = f"json_array_length({name})"
    else:
        is_list = f"COALESCE(json_typeof(joey_json({name})), '') = 'array'"
        length = f"json_array_length({name}::json)"
    # CASE keeps the length from being asked of what is no list.
    items = f"CASE WHEN {is_list} THEN {length} ELSE 0 END"
    return _count(f"SELECT COUNT(*) FROM {_some(table, column, among)} WHERE {items} > 1")


def _some(table: str, column: str, among: int | None) -> str:
    if among is None:
        return quoted(table)
    return f'(SELECT {quoted(column)} FROM {quoted(table)} LIMIT {among}) AS "among"'


def _count(sql: str, *params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return int(cursor.fetchone()[0])

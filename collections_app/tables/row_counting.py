"""The counter of inserted rows for the tables and views of a PostgreSQL database that was made without it."""

from typing import Any

from django.db import connection

from collections_app.collection import Collection
from collections_app.models import StoredCollection
from collections_app.tables import tables_sql
from collections_app.tables.editors import schema_editor
from platform_app.database.row_counter import ROW_COUNTER

_DEFINITIONS = "_collections"


def number_existing_rows() -> None:
    """Count the rows of every collection, oldest first, as far as its table does not count them already."""
    with connection.cursor() as cursor:
        cursor.execute(tables_sql.POSTGRESQL_NUMBERED, [ROW_COUNTER])
        counted = {name for (name,) in cursor.fetchall()}
        if _DEFINITIONS not in counted:
            _run(cursor, tables_sql.number_rows(_DEFINITIONS, "created"))
        uncounted = [
            collection
            for row in StoredCollection.objects.order_by("created", "id")
            if (collection := row.as_collection()).name not in counted
        ]
        for collection in uncounted:
            if not collection.is_view:
                _run(cursor, tables_sql.number_rows(collection.name, _created_column(collection)))
    with schema_editor() as editor:
        for collection in uncounted:
            if collection.is_view:
                editor.number_view(collection.name, collection.view_query)


def _run(cursor: Any, statements: tuple[str, ...]) -> None:
    for statement in statements:
        cursor.execute(statement)


def _created_column(collection: Collection) -> str | None:
    """The field that keeps when a record was made, if there is one."""
    for field in collection.fields:
        keeps = getattr(field, "on_create", False) and not getattr(field, "on_update", False)
        if field.type == "autodate" and keeps:
            return field.name
    return None

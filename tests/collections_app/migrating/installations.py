"""A new installation inside a test's transaction, and what one has: definitions and tables."""

import re
from typing import Any

from django.db import OperationalError, connection

from auth_app.system_collections import initial_collections
from collections_app.catalog import forget_catalog, load_catalog
from collections_app.definitions.definition_json import definition_as_json
from collections_app.definitions.saving import create_collection
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.tables.editors import apply_steps
from collections_app.tables.plan import plan

Json = dict[str, Any]


def start_over() -> None:
    """Leave nothing of the collections that are there; what a new data directory has takes their place."""
    stored = load_catalog().collections
    for collection in sorted(stored, key=lambda one: not one.is_view):
        apply_steps(plan(collection, None))
    StoredCollection.objects.all().delete()
    for collection in initial_collections():
        create_collection(collection)
    SchemaVersion.bump()
    forget_catalog()


def definitions() -> dict[str, Json]:
    """Every definition by id, whole but for secrets, times, OAuth2 providers, and the ids of views' fields,
    which are random."""
    found = {}
    for collection in load_catalog().collections:
        definition = definition_as_json(collection)
        del definition["created"], definition["updated"]
        if collection.is_auth:
            del definition["oauth2"]["providers"]
        if collection.is_view:
            for field in definition["fields"]:
                del field["id"]
        found[collection.id] = definition
    return found


def tables() -> dict[str, Any]:
    """The columns and indexes of every collection's table or view, as the database tells them."""
    look = _sqlite_table if connection.vendor == "sqlite" else _postgresql_table
    return {collection.name: look(collection.name) for collection in load_catalog().collections}


def _sqlite_table(name: str) -> Any:
    try:
        columns = [row[1:] for row in rows(f'PRAGMA table_xinfo("{name}")')]
    except OperationalError:
        return [("a view that does not work",)], {}
    indexes = {}
    for _, index, is_unique, _, is_partial in rows(f'PRAGMA index_list("{name}")'):
        parts = [row[1:] for row in rows(f'PRAGMA index_xinfo("{index}")')]
        named = [(name, *rest) for place, name, *rest in parts]
        indexes[index] = (is_unique, is_partial, named)
    return columns, indexes


def _postgresql_table(name: str) -> Any:
    columns = rows(
        "SELECT column_name, data_type, is_nullable, column_default, collation_name "
        "FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s "
        "ORDER BY ordinal_position",
        name,
    )
    indexes = rows(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = %s",
        name,
    )
    return columns, dict(indexes)


def in_any_order(found: dict[str, Any]) -> dict[str, Any]:
    """`tables()` for comparing where columns may have come in another order, and tables had other names: the
    indexes of a primary key and of the row counter keep the names that PostgreSQL gave them."""
    return {
        name: (
            sorted(columns, key=str),
            {key: index for key, index in indexes.items() if not re.search("_pkey|__rowid__key", key)},
        )
        for name, (columns, indexes) in found.items()
    }


def rows(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return cursor.fetchall()

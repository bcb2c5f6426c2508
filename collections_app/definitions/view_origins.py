"""Where the columns of a view come from: fields of the collections that its query names.

Reference: core/view.go (parseQueryToFields), PocketBase v0.39.11.
"""

from typing import NamedTuple

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.tables.view_query import Named, ViewQuery


class Origin(NamedTuple):
    """A field that a column is taken from as it is; of a view, which may have it from elsewhere."""

    collection: Collection
    field: Field


class Sources:
    """The collections that a query selects from; the first one owns the unqualified columns."""

    def __init__(self, query: ViewQuery, catalog: Catalog) -> None:
        self._by_alias = {table.alias: _collection_named(table, catalog) for table in query.tables}
        self._first = query.tables[0].alias if query.tables else ""

    def origin_of(self, column: Named) -> Origin | None:
        """None for an expression, and for what is no field of these collections."""
        parts = column.original.split(".")
        table, name = parts if len(parts) == 2 else (self._first, parts[0])
        collection = self._by_alias.get(table)
        if collection is None:
            return None
        found = (field for field in collection.fields if field.name.lower() == name.lower())
        return next((Origin(collection, field) for field in found), None)


def _collection_named(table: Named, catalog: Catalog) -> Collection | None:
    if "(" in table.alias:
        return None
    # The exact name, unlike everywhere else: the reference does not fold letters here. No table has a
    # collection's id for its name.
    found = catalog.by_name(table.original)
    return found if found is not None and found.name == table.original else None

"""The fields of a collection in the order in which their columns stand in its table."""

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.fields.base import Field
from platform_app.database.rows import fetch_all, vendor


@derived
def stored_fields(collection: Collection) -> tuple[Field, ...] | None:
    """What `SELECT *` gives on SQLite; None where the order of columns changes nothing.

    Which index SQLite walks for a SELECT DISTINCT, and so in which order rows come that no ORDER BY tells
    apart, hangs on the order of the columns. The reference asks for them as they stand in the table.
    """
    if vendor() != "sqlite":
        return None
    names = [name for (name,) in fetch_all("SELECT name FROM pragma_table_info(?)", (collection.name,))]
    fields = tuple(collection.fields_by_name[name] for name in names if name in collection.fields_by_name)
    return fields if len(fields) == len(collection.fields) else None

"""What keeps a statement about a view from outliving the view's definition."""

from itertools import count

from collections_app.collection import Collection
from collections_app.derived import derived

_numbers = count(1)


@derived
def view_mark(collection: Collection) -> str:
    """A comment to stand before a view's name, another one whenever definitions are loaded; "" for a table.

    SQLite looks whether a prepared statement still fits the schema when it opens a table. One about a view of
    constants opens none, and the driver, which keeps statements by their texts, would tell the old ones on.
    """
    return f"/* {next(_numbers)} */ " if collection.is_view else ""

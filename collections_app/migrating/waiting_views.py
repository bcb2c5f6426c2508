"""Views that are defined before their query works."""

from collections_app.catalog import forget_catalog
from collections_app.collection import Collection
from collections_app.commits import collection_changed
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.tables.editors import apply_steps
from collections_app.tables.plan import DropView
from platform_app.database.dates import now
from platform_app.database.transactions import after_commit


def store_waiting_view(collection: Collection, stored: Collection | None) -> Collection:
    """Store a view without making it: the next change of a collection makes every view that works by then.

    Migrations need it on their way back. A view that broke when a table changed, and was repaired afterwards,
    is broken again until the table has changed back as well.
    """
    row = StoredCollection.from_collection(collection)
    row.created, row.updated = row.created or now(), now()
    row.save(force_insert=stored is None, force_update=stored is not None)
    if stored is not None:
        apply_steps([DropView(stored.name)])
    SchemaVersion.bump()
    collection_changed(stored, collection)
    after_commit(forget_catalog, lambda error: None)
    return collection

"""Storing collection definitions together with their tables."""

from dataclasses import replace

from django.db import transaction

from collections_app.catalog import forget_catalog
from collections_app.collection import Collection
from collections_app.dates import now
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.schema.editor import apply_steps
from collections_app.schema.plan import plan
from collections_app.transactions import unit_of_work


def create_collection(collection: Collection) -> Collection:
    """Store a new, already valid collection and make its table or view; returns it as stored.

    Empty `created` and `updated` become now. Raises IndexRefused, or the database's own error, and then
    nothing has changed.
    """
    moment = now()
    stored = replace(collection, created=collection.created or moment, updated=collection.updated or moment)
    with unit_of_work():
        StoredCollection.from_collection(stored).save(force_insert=True)
        apply_steps(plan(None, stored))
        SchemaVersion.bump()
    forget_catalog()
    # A surrounding transaction may still be open; whoever read in between has the old snapshot.
    transaction.on_commit(forget_catalog)
    return stored

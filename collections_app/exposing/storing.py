"""The view collections of exposed models, brought in line with what the code says.

After each `migrate`, and when a server starts. Rules and fields are the code's: what somebody changed over
the API is put back.
"""

import logging
from dataclasses import replace
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from collections_app.catalog import Catalog, load_catalog
from collections_app.collection import Collection
from collections_app.definitions.dependent_views import missing_views, without_ids
from collections_app.definitions.refusals import ChangedMeanwhile
from collections_app.definitions.saving import save_collection
from collections_app.exposing.exposures import Exposure, exposures
from collections_app.models import StoredCollection
from collections_app.tables.editors import apply_steps
from collections_app.tables.plan import plan as steps_between

logger = logging.getLogger(__name__)


def store_exposures(**kwargs: Any) -> None:
    """Raises ImproperlyConfigured for a name that a collection has which was designed at run time."""
    if not exposures() or not _tables() >= {StoredCollection._meta.db_table}:
        return
    for exposure in exposures():
        if exposure.model._meta.db_table in _tables():
            try:
                _store(exposure, load_catalog())
            except ChangedMeanwhile:
                logger.info("%s was stored by another process meanwhile", exposure.name)


def make_way(plan: Any = (), **kwargs: Any) -> None:
    """Before migrations: PostgreSQL changes no column that a view selects. They come back afterwards."""
    if not plan or connection.vendor == "sqlite" or StoredCollection._meta.db_table not in _tables():
        return
    catalog = load_catalog()
    missing = missing_views(catalog)
    for exposure in exposures():
        stored = catalog.by_id(exposure.id)
        if stored is not None and stored.name not in missing:
            apply_steps(steps_between(stored, None))


def _store(exposure: Exposure, catalog: Catalog) -> None:
    wanted, stored = exposure.collection(), catalog.find(exposure.name)
    if stored is None:
        save_collection(wanted, None)
        return
    if stored.id != wanted.id or not stored.is_view:
        raise ImproperlyConfigured(
            f"{exposure.model.__name__} cannot be exposed as {exposure.name!r}: "
            "there is a collection of this name"
        )
    is_there = stored.name not in missing_views(catalog)
    if is_there and _comparable(stored) == _comparable(wanted):
        return
    target = replace(
        stored,
        list_rule=wanted.list_rule,
        view_rule=wanted.view_rule,
        fields=wanted.fields,
        options=wanted.options,
    )
    save_collection(target, stored)


def _comparable(collection: Collection) -> tuple[object, ...]:
    return (
        collection.list_rule,
        collection.view_rule,
        collection.view_query,
        without_ids(collection.fields),
    )


def _tables() -> set[str]:
    return set(connection.introspection.table_names())

"""The views that select from a collection: which of them work, and which must follow its new names."""

from collections.abc import Iterable
from dataclasses import replace

from django.db import DatabaseError, connection, transaction

from collections_app.catalog import Catalog, load_catalog
from collections_app.collection import Collection
from collections_app.definitions.refusals import CollectionRefused
from collections_app.definitions.view_fields import view_fields
from collections_app.fields.base import Field
from collections_app.records.querying.resolving import compile_query
from collections_app.records.querying.select_sql import page_sql
from collections_app.request_info import RequestInfo
from collections_app.tables.marked_names import with_quoted_names
from collections_app.tables.view_query import InvalidViewQuery
from collections_app.tables.view_renames_sql import CannotFollow, Renames, renamed_query, table_of
from platform_app.database.rows import fetch_all


def working_views(*, exclude: str) -> frozenset[str]:
    """The names of the other views that answer, or could: what is broken already is nobody else's fault."""
    catalog = load_catalog()
    missing = missing_views(catalog)
    views = (view for view in catalog.collections if view.is_view and view.id != exclude)
    return frozenset(
        view.name for view in views if _is_derivable(view, catalog) or _answers(view, missing=missing)
    )


def _is_derivable(view: Collection, catalog: Catalog) -> bool:
    try:
        view_fields(view.view_query, catalog)
    except InvalidViewQuery:
        return False
    return True


def _answers(view: Collection, *, missing: set[str]) -> bool:
    if view.name in missing:
        return False
    try:
        with transaction.atomic():
            fetch_all(*page_sql(view, compile_query(view, info=RequestInfo()), limit=1, offset=0))
    except DatabaseError:
        return False
    return True


def followers(old: Collection, new: Collection, *, exclude: frozenset[str]) -> list[tuple[Collection, str]]:
    """The views that select what gets another name, with the queries that they need then.

    Raises CollectionRefused for one whose query cannot be rewritten without a guess.
    """
    renames = Renames.between(old, new)
    if not renames:
        return []
    catalog = load_catalog()
    tables = {one.name.lower(): table_of(one) for one in catalog.collections}
    followers: list[tuple[Collection, str]] = []
    for view in catalog.collections:
        if not view.is_view or view.id == old.id or view.id in exclude:
            continue
        query = with_quoted_names(view.view_query) if connection.vendor == "sqlite" else view.view_query
        try:
            renamed = renamed_query(query, renames, tables)
        except CannotFollow as error:
            # A query that does not work as it is cannot follow, either, and is left to its owner.
            if _is_derivable(view, catalog):
                raise must_be_changed(view, str(error)) from error
            continue
        if renamed != query and _is_derivable(view, catalog):
            followers.append((view, renamed))
    return followers


def must_be_changed(view: Collection, reason: str) -> CollectionRefused:
    return CollectionRefused(f"the query of the view {view.name} has to be changed first: {reason}")


def missing_views(catalog: Catalog) -> set[str]:
    names = {view.name for view in catalog.collections if view.is_view}
    return names - set(connection.introspection.table_names(include_views=True))


def without_ids(fields: Iterable[Field]) -> list[object]:
    return [replace(field, id="").as_json() for field in fields]

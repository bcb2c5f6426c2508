"""The tables and columns that fit what somebody has typed of a query so far."""

from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils.translation import gettext

from admin_ui.records.columns import ICONS
from admin_ui.rules.completing import MOST_NAMES, MOST_OPTIONS, Option
from admin_ui.shell import collection_icon
from collections_app.catalog import Catalog
from collections_app.collection import Collection


def sql_completions(word: str, catalog: Catalog) -> list[Option]:
    """Behind a dot the columns of the table of that name, or of any where it is a name of the query's own."""
    table, dot, name = word.rpartition(".")
    if not dot:
        return _best(word, (*_tables(catalog), *_columns(catalog.collections, "")))
    found = catalog.find(table)
    return _best(word, _columns((found,) if found else catalog.collections, f"{table}."))


def _tables(catalog: Catalog) -> Iterator[Option]:
    for collection in catalog.collections:
        yield Option(collection.name, gettext("collection"), collection_icon(collection), goes_on=True)


def _columns(collections: Iterable[Collection], prefix: str) -> Iterator[Option]:
    fields = (field for collection in collections for field in collection.fields)
    for field in islice(fields, MOST_NAMES):
        yield Option(f"{prefix}{field.name}", field.type, ICONS.get(field.type, "puzzle"))


def _best(word: str, options: Iterable[Option]) -> list[Option]:
    """Those that begin with it before those that hold it, the shortest first."""
    wanted = word.lower()
    fitting = {option.name: option for option in options if wanted in option.name.lower()}
    order = lambda one: (not one.name.lower().startswith(wanted), len(one.name), one.name)  # noqa: E731
    return sorted(fitting.values(), key=order)[:MOST_OPTIONS]

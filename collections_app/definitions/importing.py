"""Importing definitions: many collections at once, in one transaction (contract/collections.md 8).

Reference: core/collection_import.go, PocketBase v0.39.11.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from collections_app.catalog import Catalog, forget_catalog, load_catalog
from collections_app.collection import Collection
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.definition_json import merge_definition, text_member, whole_numbers
from collections_app.definitions.normalizing import normalized
from collections_app.definitions.plain_errors import plain_messages
from collections_app.definitions.saving import delete_collection, save_collection
from collections_app.definitions.validating import definition_errors
from collections_app.fields.base import Field
from collections_app.fields.field_list import merged_fields
from collections_app.models import SchemaVersion
from collections_app.tables.identifiers import has_unstorable_name
from platform_app.database.database_errors import error_text
from platform_app.database.transactions import unit_of_work
from platform_app.wire.casting import to_string
from platform_app.wire.errors import FieldError, Invalid
from platform_app.wire.json_encoding import encode_indented
from platform_app.wire.json_text import quote

Json = dict[str, Any]


def import_collections(items: Sequence[Json], *, delete_missing: bool) -> None:
    """Create and update the collections that `items` describe; all or none.

    With `delete_missing`, collections and fields that are not described go, except those of the system.
    Raises Invalid.
    """
    try:
        with _told_as_invalid(), unit_of_work():
            SchemaVersion.lock()
            catalog = load_catalog()
            imported = [_imported(item, catalog, delete_missing=delete_missing) for item in items]
            imported.sort(
                key=lambda one: (one.collection.is_view, one.collection.created, one.collection.updated)
            )
            if delete_missing:
                for missing in _missing(catalog, {one.collection.id for one in imported}):
                    delete_collection(missing, checks_references=False)
            _judge_unstorable([one.normalized() for one in imported], catalog)
            views_to_come = frozenset(one.stored_id for one in imported if one.has_query)
            saved = [one.save(views_to_come) for one in imported]
            _judge(saved, before=catalog, after=load_catalog())
    finally:
        forget_catalog()


@dataclass(frozen=True)
class Planned:
    """What an import makes of a collection: new without `before`, gone without `after`."""

    before: Collection | None
    after: Collection | None


def plan_import(items: Sequence[Json], *, delete_missing: bool) -> list[Planned]:
    """What `import_collections` would do, as far as it is known before the definitions are checked.

    Collections that stay as they are have the same `before` and `after`, but for `updated`.
    Raises Invalid for definitions that cannot be read.
    """
    with _told_as_invalid():
        catalog = load_catalog()
        imported = [_imported(item, catalog, delete_missing=delete_missing) for item in items]
        planned = [Planned(catalog.by_id(one.stored_id), one.normalized()) for one in imported]
    kept = {one.collection.id for one in imported}
    going = _missing(catalog, kept) if delete_missing else []
    return [*planned, *(Planned(collection, None) for collection in going)]


@contextmanager
def _told_as_invalid() -> Iterator[None]:
    try:
        yield
    except Invalid:
        raise
    except Exception as error:
        message = f"Failed to import the collections configuration. Raw error:\n{error_text(error)}"
        failure = FieldError("validation_collections_import_failure", message)
        raise Invalid({"collections": failure}) from error


class _Imported:
    """One definition to be saved; a new one may have got its id without being asked for one."""

    def __init__(
        self, collection: Collection, *, stored_id: str = "", generated_id: str = "", has_query: bool = False
    ) -> None:
        self.collection = collection
        self.stored_id = stored_id
        self.generated_id = generated_id
        self.has_query = has_query

    def normalized(self) -> Collection:
        """The definition as `save` is going to judge and store it."""
        return normalized(
            self.collection,
            is_new=not self.stored_id,
            is_taken=lambda _: False,
            generated_id=self.generated_id,
        )

    def save(self, views_to_come: frozenset[str]) -> Collection:
        name = self.collection.name
        stored = load_catalog().by_id(self.stored_id) if self.stored_id else None
        collection = self.collection
        if stored is not None and stored.is_view and collection.is_view and not self.has_query:
            # What it selects from may have got another name in this import.
            collection = replace(collection, options={**collection.options, "viewQuery": stored.view_query})
        try:
            return save_collection(
                collection,
                stored,
                validate=False,
                generated_id=self.generated_id,
                views_to_come=views_to_come,
            )
        except Invalid:
            raise
        except Exception as error:
            raise ImportFailed(f"failed to save collection {quote(name)}: {error_text(error)}") from error


class ImportFailed(Exception):
    """One collection of an import could not be saved."""


def _imported(item: Json, catalog: Catalog, *, delete_missing: bool) -> _Imported:
    # The reference writes the items down again: of several mistakes it tells the first in this order.
    item = whole_numbers(item)
    identifier = to_string(item.get("id")) or to_string(item.get("name"))
    existing = catalog.find(identifier) if identifier else None
    if existing is None:
        return _new(item)
    if delete_missing and item.get("fields") is None:
        item = {**item, "fields": []}
    merged = merge_definition(existing, item)
    fields = list(merged.fields)
    for stored in existing.fields:
        if stored.system or not delete_missing:
            _add_back(stored, fields)
    merged = replace(merged, fields=merged_fields(fields))
    return _Imported(merged, stored_id=existing.id, has_query=merged.view_query != existing.view_query)


def _add_back(stored: Field, fields: list[Field]) -> None:
    """Keep a stored field that the import leaves out; an imported namesake of its type takes over its id,
    and then its definition."""
    if any(field.id == stored.id for field in fields):
        return
    for place, field in enumerate(fields):
        if field.name == stored.name:
            if field.type == stored.type:
                fields[place] = stored
                return
            break
    fields.append(stored)


def _new(item: Json) -> _Imported:
    own_id, name, kind = (text_member(item, key) for key in ("id", "name", "type"))
    blank = blank_collection(kind, name, own_id)
    generated_id = "" if own_id else blank.id
    return _Imported(merge_definition(blank, item), generated_id=generated_id)


def _missing(catalog: Catalog, kept: set[str]) -> list[Collection]:
    """Those that go when only these are to stay."""
    by_age = sorted(catalog.collections, key=lambda one: one.updated)
    return [collection for collection in by_age if collection.id not in kept and not collection.system]


def _judge_unstorable(collections: Sequence[Collection], before: Catalog) -> None:
    """Check the definitions whose names the database refuses, to tell what else is wrong with them."""
    unstorable = [one for one in collections if has_unstorable_name(one)]
    if unstorable:
        _judge(unstorable, before=before, after=Catalog((*before.collections, *collections)))


def _judge(collections: Sequence[Collection], *, before: Catalog, after: Catalog) -> None:
    """Check the definitions, now that every relation can find its target in `after`. Raises Invalid."""
    for collection in collections:
        errors = definition_errors(collection, before.by_id(collection.id) or collection, after)
        if errors:
            details = encode_indented(plain_messages(errors)).decode()
            subject = f"{quote(collection.name)} ({collection.id})"
            message = f"Data validations failed for collection {subject}:\n{details}"
            raise Invalid({"collections": FieldError("validation_collections_import_failure", message)})

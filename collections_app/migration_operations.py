"""Collection changes as Django migration operations: what the files in `pb_migrations/` are made of.

They go through the services that the API uses, starting from the definition that the database has: Django's
project state knows nothing of collections, so no table is ever changed from a stale model class. Definitions
come without secrets; a new collection gets secrets of its own.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import router
from django.db.migrations.operations.base import Operation, OperationCategory

from collections_app.catalog import load_catalog
from collections_app.collection import Collection
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.definition_json import definition_as_json, merge_definition
from collections_app.definitions.plain_errors import plain_line
from collections_app.definitions.saving import delete_collection, replayed_from, save_collection
from collections_app.definitions.validating import definition_errors
from collections_app.migrating.changes import (
    Added,
    Changed,
    Json,
    ListChange,
    Removed,
    Reordered,
    changed_list,
    list_changes,
    object_changes,
)
from collections_app.migrating.refusals import MigrationRefused, explained, refuse
from collections_app.migrating.snapshot import apply_snapshot
from collections_app.migrating.waiting_views import store_waiting_view
from collections_app.models import StoredCollection
from collections_app.tables.indexes import index_text_for, parse_index
from collections_app.tables.view_query import InvalidViewQuery
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import Invalid

# The members that say what a collection is come first, then those that say who may do what with it.
_FIRST = ("id", "name", "type", "system")
_RULES = ("listRule", "viewRule", "createRule", "updateRule", "deleteRule")
_LISTS = ("fields", "indexes")


# --- definitions as files hold them -------------------------------------------------------------------


def portable_definition(collection: Collection) -> Json:
    """The definition without what belongs to one installation: secrets, OAuth2 providers, times.

    The fields of a view follow from its query and are left out.
    """
    definition = definition_as_json(collection)
    del definition["created"], definition["updated"]
    if collection.is_auth:
        definition["oauth2"] = {k: v for k, v in definition["oauth2"].items() if k != "providers"}
    if collection.is_view:
        del definition["fields"]
    order = (*_FIRST, *_RULES, *_LISTS)
    return {
        **{key: definition[key] for key in order if key in definition},
        **{key: value for key, value in definition.items() if key not in order},
    }


def index_key(text: str) -> str:
    index = parse_index(text)
    return index.name.lower() if index else text


def _field_key(field: Mapping[str, Any]) -> str:
    return str(field["id"])


# --- operations ---------------------------------------------------------------------------------------


class CollectionOperation(Operation):
    """What all have in common: they change rows and tables, and nothing in Django's project state."""

    reduces_to_sql = False
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Collections are no models of the project."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            with unit_of_work():
                self.run(backwards=False)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            with unit_of_work():
                self.run(backwards=True)

    def run(self, *, backwards: bool, alone: bool = True) -> Collection | None:
        """Make the change, or take it back; returns what was saved.

        `alone` False leaves judging the result to whoever runs several. Raises MigrationRefused.
        """
        raise NotImplementedError

    @property
    def migration_name_fragment(self) -> str:
        return "_".join(self.describe().lower().split())


class CreateCollection(CollectionOperation):
    """Create a collection; taken back, it is deleted with its records."""

    category = OperationCategory.ADDITION

    def __init__(self, definition: Json) -> None:
        self.definition = definition

    def run(self, *, backwards: bool, alone: bool = True) -> Collection | None:
        if backwards:
            _delete(self.definition, alone=alone)
            return None
        return _create(self.definition, alone=alone)

    def describe(self) -> str:
        return f"Create collection {self.definition['name']}"


class DeleteCollection(CollectionOperation):
    """Delete a collection with its records; taken back, it is created again, empty."""

    category = OperationCategory.REMOVAL

    def __init__(self, definition: Json) -> None:
        self.definition = definition

    def run(self, *, backwards: bool, alone: bool = True) -> Collection | None:
        if backwards:
            return _create(self.definition, alone=alone, may_wait=True)
        _delete(self.definition, alone=alone)
        return None

    def describe(self) -> str:
        return f"Delete collection {self.definition['name']}"


class UpdateCollection(CollectionOperation):
    """Change members, fields and indexes of a collection; the old values are the way back.

    Members that `before` and `after` do not hold keep the values that they have, in nested objects too.
    """

    category = OperationCategory.ALTERATION

    def __init__(
        self,
        collection_id: str,
        *,
        name: str,
        before: Json | None = None,
        after: Json | None = None,
        fields: Sequence[ListChange] = (),
        indexes: Sequence[ListChange] = (),
    ) -> None:
        self.collection_id = collection_id
        self.name = name
        self.before = before or {}
        self.after = after or {}
        self.fields = fields
        self.indexes = indexes

    def run(self, *, backwards: bool, alone: bool = True) -> Collection | None:
        with explained("updated", self.name):
            stored = _stored(self.collection_id)
            if stored is None:
                raise MigrationRefused(
                    f"There is no collection {self.name} ({self.collection_id}) to update, and no migration "
                    "that creates it. Where it exists, `manage.py collections snapshot` writes one."
                )
            data = dict(self.before if backwards else self.after)
            if not stored.is_view:
                fields = [field.as_json() for field in stored.fields]
                data["fields"] = changed_list(fields, self.fields, _field_key, backwards=backwards)
            table = str(data.get("name", stored.name))
            indexes = [index_text_for(text, table) for text in stored.indexes]
            data["indexes"] = changed_list(indexes, self.indexes, index_key, backwards=backwards)
            return _save(merge_definition(stored, data), stored, validate=alone, may_wait=backwards)

    def describe(self) -> str:
        return f"Update collection {self.name}"


class ChangeCollections(CollectionOperation):
    """Several changes that need each other, as an import makes them; judged when all are made."""

    category = OperationCategory.MIXED

    def __init__(self, changes: Sequence[CollectionOperation]) -> None:
        self.changes = changes

    def run(self, *, backwards: bool, alone: bool = True) -> Collection | None:
        before = load_catalog()
        saved = [
            change.run(backwards=backwards, alone=False)
            for change in (reversed(self.changes) if backwards else self.changes)
        ]
        after = load_catalog()
        for collection in filter(None, saved):
            current = after.by_id(collection.id)
            if current is None:
                continue
            stored = before.by_id(current.id) or current
            errors = definition_errors(current, replayed_from(stored, current), after)
            if errors:
                refuse("saved", current.name, plain_line(errors))
        return None

    def describe(self) -> str:
        return f"Change {len(self.changes)} collections"


class ImportCollections(CollectionOperation):
    """Bring a database to a snapshot: a new one to exactly this state, any other one as far as it can.

    `delete_missing` also deletes the collections and fields that the snapshot does not have, with what they
    hold. `broken` has the ids of collections that did not pass the checks where the snapshot was taken: they
    arrive as they are, unchecked. There is no way back, so taking it back changes nothing.
    """

    category = OperationCategory.MIXED

    def __init__(
        self, definitions: Sequence[Json], *, delete_missing: bool = False, broken: Sequence[str] = ()
    ) -> None:
        self.definitions = definitions
        self.delete_missing = delete_missing
        self.broken = broken

    def run(self, *, backwards: bool, alone: bool = True) -> Collection | None:
        if not backwards:
            apply_snapshot(
                self.definitions, delete_missing=self.delete_missing, broken=frozenset(self.broken)
            )
        return None

    def describe(self) -> str:
        return f"Import {len(self.definitions)} collections"


# --- from changes to operations -----------------------------------------------------------------------


def snapshot_operation(
    collections: Iterable[Collection], *, delete_missing: bool = False, broken: Container[str] = ()
) -> ImportCollections:
    """The operation that leads to this state; `broken` as for ImportCollections.

    Nobody can work out the fields of a view that is broken, so these are kept.
    """
    collections = list(collections)
    definitions = [portable_definition(one) for one in collections]
    ids = [one.id for one in collections if one.id in broken]
    for definition, collection in zip(definitions, collections, strict=True):
        if collection.is_view and collection.id in ids:
            definition["fields"] = [field.as_json() for field in collection.fields]
    told: dict[str, Any] = {"delete_missing": delete_missing, "broken": ids}
    return ImportCollections(definitions, **{key: value for key, value in told.items() if value})


def operation_for(before: Collection | None, after: Collection | None) -> CollectionOperation | None:
    """The operation that leads from one definition to the other; None when a file would show none."""
    if before is None:
        return CreateCollection(portable_definition(after)) if after else None
    if after is None:
        return DeleteCollection(portable_definition(before))
    old, new = portable_definition(before), portable_definition(after)
    old_lists, new_lists = ({key: one.pop(key, []) for key in _LISTS} for one in (old, new))
    old_indexes = [_renamed_table(text, before.name, after.name) for text in old_lists["indexes"]]
    was, now = object_changes(old, new)
    changes: dict[str, Any] = {
        "before": was,
        "after": now,
        "fields": list_changes(old_lists["fields"], new_lists["fields"], _field_key),
        "indexes": list_changes(old_indexes, new_lists["indexes"], index_key),
    }
    made = {key: value for key, value in changes.items() if value}
    return UpdateCollection(before.id, name=before.name, **made) if made else None


def _renamed_table(text: str, old_name: str, new_name: str) -> str:
    """The index as it is after renaming its table, if its text can come back from there unchanged."""
    renamed = index_text_for(text, new_name)
    return renamed if index_text_for(renamed, old_name) == text else text


# --- carrying them out --------------------------------------------------------------------------------


def _stored(collection_id: str) -> Collection | None:
    row = StoredCollection.objects.filter(id=collection_id).first()
    return row.as_collection() if row else None


def _create(definition: Json, *, alone: bool, may_wait: bool = False) -> Collection:
    with explained("created", definition["name"]):
        blank = blank_collection(definition["type"], definition["name"], definition["id"])
        # Without default fields: a definition is complete, and its fields may have other ids.
        merged = merge_definition(replace(blank, fields=(), indexes=()), definition)
        return _save(merged, None, validate=alone, may_wait=may_wait)


def _save(collection: Collection, stored: Collection | None, *, validate: bool, may_wait: bool) -> Collection:
    """Save through the service of the API; with `may_wait`, the query of a view may not work yet."""
    try:
        with unit_of_work():
            return save_collection(collection, stored, validate=validate, is_replayed=True)
    except (Invalid, InvalidViewQuery) as error:
        is_about_query = isinstance(error, InvalidViewQuery) or set(error.errors) <= {"viewQuery", "fields"}
        if not (may_wait and collection.is_view and is_about_query):
            raise
    return store_waiting_view(collection, stored)


def _delete(definition: Json, *, alone: bool) -> None:
    with explained("deleted", definition["name"]):
        stored = _stored(definition["id"])
        # Two branches may delete the same collection: the second finds its work done.
        if stored is not None:
            delete_collection(stored, checks_references=alone)


__all__ = [
    "Added",
    "ChangeCollections",
    "Changed",
    "CollectionOperation",
    "CreateCollection",
    "DeleteCollection",
    "ImportCollections",
    "MigrationRefused",
    "Removed",
    "Reordered",
    "UpdateCollection",
    "index_key",
    "operation_for",
    "portable_definition",
    "snapshot_operation",
]

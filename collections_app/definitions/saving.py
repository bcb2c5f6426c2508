"""The road every definition takes into the database and out of it, with its table and its hooks.

The order for a new collection is: collection_create, model_create, (collection_validate, the checks,
model_validate), collection_create_execute, model_create_execute, the row and the table; after the outermost
commit the success hooks. An error hook fires at once, whatever failed.
Reference: contract/collections.md 3, 6 and 9; contract/hooks.md 2.
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from django.db import DatabaseError, connection

from collections_app import events
from collections_app.catalog import Catalog, forget_catalog, load_catalog
from collections_app.collection import Collection
from collections_app.commits import collection_changed
from collections_app.definitions.dependent_views import (
    followers,
    missing_views,
    must_be_changed,
    without_ids,
    working_views,
)
from collections_app.definitions.normalizing import forced_for_superusers, normalized
from collections_app.definitions.plain_errors import plain_line
from collections_app.definitions.refusals import ChangedMeanwhile, CollectionRefused, NeededByViews
from collections_app.definitions.scaffolds import TOKEN_SECRET_LENGTH
from collections_app.definitions.validating import definition_errors
from collections_app.definitions.validating_indexes import unreadable_index
from collections_app.definitions.view_fields import view_fields
from collections_app.events import CollectionEvent, CollectionModelEvent
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.resolving import compile_query
from collections_app.records.querying.select_sql import page_sql
from collections_app.records.writing.files import remove_collection_files
from collections_app.records.writing.saving import delete_stored_record
from collections_app.request_info import RequestInfo
from collections_app.system_names import OWNED_BY_AUTH_RECORDS
from collections_app.tables.base_editor import IndexRefused
from collections_app.tables.editors import apply_steps, schema_editor
from collections_app.tables.indexes import parse_index
from collections_app.tables.plan import AddColumn, DropColumn, RenameColumn, Step, plan
from platform_app.database.database_errors import database_error_text
from platform_app.database.dates import now
from platform_app.database.ids import random_text
from platform_app.database.lanes import require_pool
from platform_app.database.rows import fetch_all
from platform_app.database.transactions import after_commit, unit_of_work, write_lock
from platform_app.hooks.operation_hooks import OperationHooks, OperationType
from platform_app.wire.errors import FieldError, Invalid

logger = logging.getLogger(__name__)

_BATCH = 500
# What the reference quotes as a name; of others its database sees the braces around them.
_VIEW_NAME = re.compile(r"[\w.\- ]+", re.ASCII)
_NOTHING: Mapping[str, FieldError] = {}
_RULES = ("list_rule", "view_rule", "create_rule", "update_rule", "delete_rule", "options")


def create_collection(collection: Collection) -> Collection:
    """Store a new, already valid collection and make its table or view, without hooks; returns it as stored.

    For migrations. Empty `created` and `updated` become now. Raises IndexRefused, or the database's own
    error, and then nothing has changed.
    """
    moment = now()
    stored = replace(collection, created=collection.created or moment, updated=collection.updated or moment)
    with unit_of_work():
        StoredCollection.from_collection(stored).save(force_insert=True)
        apply_steps(plan(None, stored))
        SchemaVersion.bump()
        collection_changed(None, stored)
    forget_catalog()
    return stored


def save_collection(
    collection: Collection,
    stored: Collection | None,
    *,
    validate: bool = True,
    is_replayed: bool = False,
    generated_id: str = "",
    views_to_come: frozenset[str] = frozenset(),
    follows: bool = False,
) -> Collection:
    """Store a definition and bring its table in line; returns it as stored.

    `stored` is the definition that this one was made from, None for a new collection. `generated_id` is the
    id that a new one got without being asked for one: it follows the name, and evades a taken one. Views
    follow the new names of what they select from; `views_to_come` are the ids of those that are about to be
    saved with queries of their own. A view that `follows` leaves the look at the others to the change that it
    follows. With `is_replayed` the change was made before, somewhere else, and is not refused for what it
    changes.
    Raises Invalid when the checks refuse it, CollectionRefused (ChangedMeanwhile too), the database's errors,
    and whatever a hook raises; then nothing has changed.
    """
    kind: OperationType = "create" if stored is None else "update"
    change = _Change(CollectionEvent(collection, kind), events.COLLECTION_HOOKS[kind])

    def save() -> None:
        if validate:
            _validate(change.event, stored, is_replayed=is_replayed)
        change.execute(lambda: _store(change, stored, views_to_come))
        if follows:
            return
        _optimize()
        _refresh_dependent_views(change.event.collection.id)

    def start() -> None:
        event = change.event
        event.collection = normalized(
            event.collection, is_new=stored is None, is_taken=_is_taken, generated_id=generated_id
        )
        has_new_id = stored is not None and event.collection.id != stored.id
        if has_new_id and load_catalog().find(event.collection.id) is None:
            raise CollectionRefused("failed to retrieve old cached collection: sql: no rows in result set")
        change.trigger(save)

    change.run(start)
    return change.event.collection


def replayed_from(stored: Collection | None, collection: Collection) -> Collection | None:
    """What a replayed definition is judged against: `stored`, as far as one cannot become the other.

    Rules of a system collection, and what keeps a system field unique, are only guarded against new changes:
    another version of this software may have others, and the way back takes away what was added.
    """
    if stored is None:
        return None
    return replace(
        stored,
        indexes=collection.indexes,
        **({name: getattr(collection, name) for name in _RULES} if stored.system else {}),
    )


def delete_collection(collection: Collection, *, checks_references: bool = True) -> None:
    """Delete a collection with its table and its files.

    Raises CollectionRefused for a system collection and for one that relations or views need.
    """
    change = _Change(CollectionEvent(collection, "delete"), events.COLLECTION_HOOKS["delete"])

    def delete() -> None:
        change.execute(lambda: _remove(change, checks_references=checks_references))

    change.run(lambda: change.trigger(delete))


def referring_names(collection: Collection, catalog: Catalog) -> list[str]:
    """The names of the other collections with a relation to this one."""
    return [
        other.name
        for other in catalog.collections
        if other.id != collection.id
        and any(getattr(field, "collection_id", "") == collection.id for field in other.fields)
    ]


def truncate_collection(collection: Collection) -> None:
    """Delete every record, with its files and whatever cascades. Raises what deleting a record raises."""
    with unit_of_work():
        # Its name may be another one's by now.
        collection = _stored(collection)
        query = compile_query(collection, info=RequestInfo())
        while rows := fetch_all(*page_sql(collection, query, limit=_BATCH, offset=0)):
            for record in decode_rows(collection, rows):
                delete_stored_record(record, must_exist=False)


# --- hooks --------------------------------------------------------------------------------------------


@dataclass
class _Change:
    """One save or delete of a collection under way."""

    event: CollectionEvent
    hooks: OperationHooks

    @property
    def model_event(self) -> CollectionModelEvent:
        return CollectionModelEvent(self.event)

    def run(self, start: Callable[[], None]) -> None:
        """Make the change, then, after the commit, run the success hooks."""
        require_pool()
        try:
            start()
        except Exception as error:
            self._fail(error)
            raise
        forget_catalog()
        after_commit(self._succeed, self._fail)

    def trigger(self, operate: Callable[[], None]) -> None:
        self.hooks.own.trigger(self.event, lambda: self.hooks.model.trigger(self.model_event, operate))

    def execute(self, write: Callable[[], None]) -> None:
        self.hooks.own_execute.trigger(self.event, write)

    def _succeed(self) -> None:
        forget_catalog()
        if self.event.type == "delete":
            remove_collection_files(self.event.collection.id)
        self.hooks.own_success.trigger(self.event, lambda: self.hooks.model_success.trigger(self.model_event))

    def _fail(self, error: BaseException) -> None:
        forget_catalog()
        self.event.error = error if isinstance(error, Exception) else None
        self.hooks.own_error.trigger(self.event, lambda: self.hooks.model_error.trigger(self.model_event))


def _validate(change: CollectionEvent, stored: Collection | None, *, is_replayed: bool) -> None:
    event = CollectionEvent(change.collection, "validate")

    def check() -> None:
        before = replayed_from(stored, event.collection) if is_replayed else stored
        errors = definition_errors(event.collection, before, load_catalog())
        if errors:
            raise Invalid(errors)
        events.model_validate.trigger(CollectionModelEvent(event))

    try:
        events.collection_validate.trigger(event, check)
    finally:
        change.collection = event.collection  # a receiver may have put another one there


# --- writing ------------------------------------------------------------------------------------------


def _is_taken(collection_id: str) -> bool:
    return StoredCollection.objects.filter(id=collection_id).exists()


def _store(change: _Change, stored: Collection | None, views_to_come: frozenset[str]) -> None:
    event = change.event
    with unit_of_work():
        SchemaVersion.lock()
        before = None if stored is None else _unchanged(stored)
        if before is not None and event.collection.id != before.id:
            raise CollectionRefused("primary key change is not allowed")
        collection = forced_for_superusers(event.collection)
        if collection.is_auth and before is not None:
            collection = _with_fitting_secret(collection, before)
        if collection.is_view:
            collection = replace(collection, fields=view_fields(collection.view_query, load_catalog()))
        event.collection = collection
        following = [] if before is None else followers(before, collection, exclude=views_to_come)
        row = StoredCollection.from_collection(collection)

        def write() -> None:
            row.save(force_insert=before is None, force_update=before is not None)
            collection_changed(before, collection)

        steps = plan(before, collection)
        if collection.is_view:  # is there before its row, as in the reference
            if not _VIEW_NAME.fullmatch(collection.name):  # which only an import has not checked
                raise CollectionRefused('SQL logic error: unrecognized token: "{" (1)')
            _apply(steps)
        change.hooks.model_execute.trigger(change.model_event, write)
        if not collection.is_view:
            _apply(steps, refused=_unreadable_indexes(collection))
        SchemaVersion.bump()
        for view, query in following:
            _follow(view, query)


def _optimize() -> None:
    """Let SQLite look at the statistics of its indexes; a glance, however large the tables are."""
    if connection.vendor == "sqlite":
        try:
            with write_lock(), connection.cursor() as cursor:
                cursor.execute("PRAGMA analysis_limit = 400")
                cursor.execute("PRAGMA optimize")
        except DatabaseError:
            # The change is made, and the next one will look again.
            logger.info("the statistics were not looked at", exc_info=True)


def _unchanged(stored: Collection) -> Collection:
    """The definition in the database, if it is the one that this change was made from.

    A plan from an older one could drop columns that somebody added meanwhile.
    """
    found = _stored(stored)
    if _fingerprint(found) != _fingerprint(stored):
        raise ChangedMeanwhile(f"the collection {stored.name} was changed meanwhile, please try again")
    return found


def _stored(collection: Collection) -> Collection:
    """The definition as it is now. Raises ChangedMeanwhile when it is gone."""
    row = StoredCollection.objects.filter(id=collection.id).first()
    if row is None:
        raise ChangedMeanwhile(f"the collection {collection.name} was deleted meanwhile")
    return row.as_collection()


def _fingerprint(collection: Collection) -> tuple[object, ...]:
    row = StoredCollection.from_collection(collection)
    return row.name, row.updated, row.fields, row.indexes


def _with_fitting_secret(collection: Collection, before: Collection) -> Collection:
    """A new secret for auth tokens, when the rule about who may sign in changed."""
    if (before.options.get("authRule") or "") == (collection.options["authRule"] or ""):
        return collection
    token = {**collection.options["authToken"], "secret": random_text(TOKEN_SECRET_LENGTH)}
    return replace(collection, options={**collection.options, "authToken": token})


def _unreadable_indexes(collection: Collection) -> dict[str, FieldError]:
    """The texts that are no indexes, by their places; only an import comes here without a check of them.

    Those of a collection without a name are on no table.
    """
    return {
        str(place): unreadable_index()
        for place, text in enumerate(collection.indexes)
        if parse_index(text) is None or not collection.name
    }


def _apply(steps: Iterable[Step], refused: Mapping[str, FieldError] = _NOTHING) -> None:
    """Carry out the steps. Raises Invalid with every index that is refused, already or by the database."""
    refused = dict(refused)
    with schema_editor() as editor:
        for step in steps:
            try:
                editor.apply(step)
            except IndexRefused as error:
                reason = database_error_text(error.__cause__ or error)
                failure = f"Failed to create index {error.name} - {reason}."
                refused.setdefault(
                    str(error.position), FieldError("validation_invalid_index_expression", failure)
                )
            except DatabaseError as error:
                action = _action_of(step)
                if action:
                    raise CollectionRefused(f"{action} - {database_error_text(error)}") from error
                raise
    if refused:
        raise Invalid({"indexes": refused})


def _action_of(step: Step) -> str:
    if isinstance(step, DropColumn):
        return f"failed to drop column {step.field.name}"
    if isinstance(step, AddColumn):
        return f"failed to add column {step.field.name}"
    if isinstance(step, RenameColumn) and not step.was_parked:
        return f"failed to rename column {step.old_name}"
    return ""


def _remove(change: _Change, *, checks_references: bool) -> None:
    collection = change.event.collection
    if collection.system:
        raise CollectionRefused(f"[{collection.name}] system collections cannot be deleted")
    with unit_of_work():
        SchemaVersion.lock()
        # Its name may be another one's by now, and with it the table.
        collection = _stored(collection)
        names = referring_names(collection, load_catalog()) if checks_references else []
        if names:
            listed = ", ".join(names)
            raise CollectionRefused(
                f"[{collection.name}] failed to delete due to existing relation references: {listed}"
            )
        working = working_views(exclude=collection.id) if checks_references else frozenset()
        _apply(plan(collection, None))
        broken = (
            [one for one in _refresh_views(exclude=collection.id) if one[0] in working] if working else []
        )
        if broken:
            raise NeededByViews(collection.name, broken)

        def write() -> None:
            StoredCollection.objects.filter(id=collection.id).delete()
            collection_changed(collection, None)

        change.hooks.model_execute.trigger(change.model_event, write)
        if collection.is_auth:
            _delete_owned(collection)
        SchemaVersion.bump()


def _delete_owned(collection: Collection) -> None:
    catalog = load_catalog()
    for name in OWNED_BY_AUTH_RECORDS:
        owned = catalog.find(name)
        if owned is None:
            continue
        rule = f"collectionRef = '{collection.id}'"
        query = compile_query(owned, info=RequestInfo(), rule=rule, catalog=catalog)
        while rows := fetch_all(*page_sql(owned, query, limit=_BATCH, offset=0)):
            for record in decode_rows(owned, rows):
                delete_stored_record(record, must_exist=False)


# --- dependent views ----------------------------------------------------------------------------------


def _refresh_dependent_views(collection_id: str) -> None:
    """Save the other views whose fields a change moved; one that broke is left to its owner to repair."""
    for name, error in _refresh_views(exclude=collection_id):
        logger.warning(
            "the view %s needs to be adjusted after a change of %s: %s", name, collection_id, error
        )


def _refresh_views(*, exclude: str) -> list[tuple[str, Exception]]:
    """Save every view whose query yields other fields by now; returns what failed, by the view's name."""
    catalog = load_catalog()
    ids = [view.id for view in catalog.collections if view.is_view and view.id != exclude]
    if not ids:
        return []
    # On PostgreSQL a view goes with a column that it needs; it returns when its query works again.
    missing = missing_views(catalog)
    failures: list[tuple[str, Exception]] = []
    for view_id in ids:
        view = catalog.by_id(view_id)
        if view is None:
            continue
        try:
            with unit_of_work():
                fields = view_fields(view.view_query, catalog)
                has_changed = without_ids(fields) != without_ids(view.fields) or view.name in missing
                if has_changed:
                    save_collection(view, view)
        except Exception as error:  # noqa: BLE001 - every view is tried; the caller reports what failed
            failures.append((view.name, error))
        else:
            # Saving one view may have saved others that select from it.
            catalog = load_catalog() if has_changed else catalog
    return failures


def _follow(view: Collection, query: str) -> None:
    """Save a view with the query that says the same with other names. Raises CollectionRefused."""
    names = [field.name for field in view.fields]
    try:
        stored = _stored(view)
        target = replace(stored, options={**stored.options, "viewQuery": query})
        saved = save_collection(target, stored, follows=True)
    except Invalid as error:
        raise must_be_changed(view, plain_line(error.errors)) from error
    except (CollectionRefused, DatabaseError) as error:
        raise must_be_changed(view, str(error)) from error
    if [field.name for field in saved.fields] != names:
        raise must_be_changed(view, "its columns would get other names")

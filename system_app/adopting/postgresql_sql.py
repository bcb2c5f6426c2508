"""Importing a copied SQLite database into an empty PostgreSQL database, in one transaction."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.models import SchemaVersion, StoredCollection
from collections_app.tables.base_editor import IndexRefused
from collections_app.tables.editors import apply_steps
from collections_app.tables.plan import CreateIndex, CreateTable, CreateView, plan
from platform_app.database.database_errors import database_error_text
from platform_app.database.sqlite_driver import sqlite3
from platform_app.wire.nul_characters import without_nul
from system_app.adopting import source_sql
from system_app.adopting.errors import AdoptionRefused
from system_app.adopting.source import open_copy
from system_app.adopting.trying_views import broken_views
from system_app.models import Param

_FIRST_APPS = ("collections_app", "system_app")


def import_database(data: Path, collections: list[Collection]) -> list[str]:
    """Make every collection in the configured database and load its rows; returns warnings.

    Raises AdoptionRefused when a row cannot be stored; nothing is left in the database then.
    """
    try:
        with open_copy(data) as source, transaction.atomic():
            # auth_app's migration makes initial collections where there are none, so ours come first.
            for app in _FIRST_APPS:
                call_command("migrate", app, interactive=False, verbosity=0, skip_checks=True)
            _import_params(source)
            StoredCollection.objects.bulk_create(map(StoredCollection.from_collection, collections))
            for collection in collections:
                if not collection.is_view:
                    _import_table(source, collection)
            warnings = [*_make_indexes(collections), *_make_views(collections)]
            SchemaVersion.bump()
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
            _check_counts(source, collections)
            return [*warnings, *_left_behind(source, collections)]
    except DatabaseError as error:
        raise AdoptionRefused(f"PostgreSQL refused the data: {database_error_text(error)}.") from error


def check_database_is_empty() -> None:
    """Raises AdoptionRefused when the database holds collections already, or cannot be reached."""
    try:
        with connection.cursor() as cursor:
            tables = set(connection.introspection.table_names(cursor))
    except DatabaseError as error:
        raise AdoptionRefused(f"PostgreSQL cannot be used: {error}") from error
    if "_collections" in tables:
        raise AdoptionRefused("The PostgreSQL database has collections already. Adopt into an empty one.")


def _import_params(source: sqlite3.Connection) -> None:
    Param.objects.all().delete()
    for row_id, value, created, updated in source.execute("SELECT id, value, created, updated FROM _params"):
        text = value.decode() if isinstance(value, bytes) else value
        Param(id=row_id, value=text, created=created, updated=updated).save(force_insert=True)


def _import_table(source: sqlite3.Connection, collection: Collection) -> None:
    """Make the table and load its rows in their order; old column types are cast by the fields."""
    apply_steps(step for step in plan(None, collection) if isinstance(step, CreateTable))
    fields = [field for field in collection.fields if _has_column(source, collection, field)]
    rows = source.execute(source_sql.select_rows(collection.name, [field.name for field in fields]))
    with (
        connection.cursor() as cursor,
        cursor.copy(source_sql.copy_into(collection.name, [field.name for field in fields])) as copy,
    ):
        for row in _cast(rows, fields):
            copy.write_row(row)


def _has_column(source: sqlite3.Connection, collection: Collection, field: Field) -> bool:
    columns = {row[0].lower() for row in source.execute(source_sql.column_names(collection.name))}
    return field.name.lower() in columns


def _cast(rows: Iterable[tuple[Any, ...]], fields: list[Field]) -> Iterator[list[Any]]:
    for row in rows:
        yield [_stored_as(field, value) for field, value in zip(fields, row, strict=True)]


def _stored_as(field: Field, value: Any) -> Any:
    if value is None and field.type == "json":
        return None  # the one type whose column may be NULL
    stored = field.to_db(field.from_db(value))
    is_json = field.is_multiple or field.type == "json"
    # PostgreSQL's text cannot hold NUL, which no browser ever shows either.
    return without_nul(stored, is_json=is_json) if isinstance(stored, str) else stored


def _make_indexes(collections: list[Collection]) -> Iterator[str]:
    for collection in collections:
        for step in plan(None, collection):
            if not isinstance(step, CreateIndex):
                continue
            try:
                with transaction.atomic():
                    apply_steps([step])
            except IndexRefused as refusal:
                if step.index.unique:
                    raise AdoptionRefused(f"{collection.name}: {refusal}") from refusal
                yield f"{collection.name}: {refusal}"


def _make_views(collections: list[Collection]) -> Iterator[str]:
    """Make the views; one that reads another waits for it, whatever the order of their creation.

    Then each is tried: a function or a conversion may fail only with the first row.
    """
    lost: set[str] = set()
    waiting = [step for item in collections for step in plan(None, item) if isinstance(step, CreateView)]
    while waiting:
        failed: dict[str, tuple[CreateView, str]] = {}
        for step in waiting:
            try:
                with transaction.atomic():
                    apply_steps([step])
            except DatabaseError as error:
                failed[step.name] = (step, database_error_text(error))
        if len(failed) == len(waiting):
            for name, (_, reason) in failed.items():
                yield f"The view {name} could not be made: {reason}"
            lost |= failed.keys()
            break
        waiting = [step for step, _ in failed.values()]
    made = [item for item in collections if item.name not in lost]
    yield from map(str, broken_views(made))


def _check_counts(source: sqlite3.Connection, collections: list[Collection]) -> None:
    for collection in collections:
        if collection.is_view:
            continue
        sql = source_sql.count_rows(collection.name)
        with connection.cursor() as cursor:
            cursor.execute(sql)
            imported = cursor.fetchone()[0]
        if imported != source.execute(sql).fetchone()[0]:
            raise AdoptionRefused(f"{collection.name} has not as many records as in the source.")


def _left_behind(source: sqlite3.Connection, collections: list[Collection]) -> Iterator[str]:
    """What people added to the database beside their collections stays in the source, and is named."""
    known = {collection.name.lower() for collection in collections}
    known |= {"_collections", "_params", "_migrations"}
    indexes = {index.name.lower() for item in collections for index in item.parsed_indexes}
    indexes.add("idx__collections_type")
    for kind, name, table in source.execute(source_sql.OBJECTS):
        is_of_collection = table.lower() in known
        if kind == "trigger":
            yield f"The trigger {name} of {table} was not imported: PostgreSQL needs another text of it."
        elif kind == "index" and is_of_collection and name.lower() not in indexes:
            yield f"The index {name} of {table} is in no collection and was not imported."
        elif kind in ("table", "view") and not is_of_collection:
            yield f"The {kind} {name} is no collection and was not imported."

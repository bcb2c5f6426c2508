"""The source of an adoption: looked at and copied without ever being written to.

SQLite never opens the source: even a read-only connection to a WAL database leaves side files beside it.
The files are copied, and everything else happens on the copy.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from collections_app.collection import Collection
from collections_app.fields.options import MalformedOptions
from collections_app.models import StoredCollection
from platform_app.database.sqlite_driver import sqlite3
from platform_app.database.unreadable_views import unreadable_views_text
from platform_app.runtime_settings.row import ROW_ID, read_row
from platform_app.runtime_settings.shape import RuntimeSettings
from system_app.adopting import source_sql
from system_app.adopting.errors import AdoptionRefused

DATABASES = ("data.db", "auxiliary.db")
_OF_FILE_SYSTEMS = {"lost+found"}  # what an empty volume may hold
_COPY_ATTEMPTS = 5
_LOG_SUFFIXES = ("-wal", "-journal")
_WAL_HEADER_BYTES = 32
_JSON_COLUMNS = ("fields", "indexes", "options")


def check_source(source: Path) -> None:
    """Raises AdoptionRefused when there is no PocketBase directory."""
    if not source.is_dir():
        raise AdoptionRefused(f"{source} is not a directory.")
    if not (source / "data.db").is_file():
        raise AdoptionRefused(f"{source} has no data.db, so it is not a PocketBase data directory.")


def check_target(source: Path, target: Path) -> None:
    """Raises AdoptionRefused when the target holds something, or lies inside the source."""
    if target.exists() and not target.is_dir():
        raise AdoptionRefused(f"{target} exists and is not a directory.")
    if target.is_dir() and {path.name for path in target.iterdir()} - _OF_FILE_SYSTEMS:
        raise AdoptionRefused(f"{target} is not empty. Adopt into a directory that is empty or new.")
    if target.is_relative_to(source) or source.is_relative_to(target):
        raise AdoptionRefused("Source and target must not contain each other.")


def copy_databases(source: Path, folder: Path) -> None:
    """Copy the databases that are there, each as of one moment, and fold their write-ahead logs in."""
    for name in DATABASES:
        if (source / name).is_file():
            _copy_database(source / name, folder / name)


def _copy_database(source: Path, target: Path) -> None:
    """Copy a database and its log; again, when a checkpoint moved pages between the two meanwhile.

    Frames that are only appended to the log while we copy do no harm: a torn last one is ignored.
    """
    for _ in range(_COPY_ATTEMPTS):
        before = _checkpoint_state(source)
        shutil.copyfile(source, target)
        for suffix in _LOG_SUFFIXES:
            log, copied_log = (path.with_name(path.name + suffix) for path in (source, target))
            copied_log.unlink(missing_ok=True)
            if log.is_file():
                shutil.copyfile(log, copied_log)
        if before == _checkpoint_state(source):
            return
    raise AdoptionRefused(f"{source} is being written to all the time. Stop PocketBase and try again.")


def _checkpoint_state(database: Path) -> tuple[int, int, bytes]:
    """What changes when pages move from the log into the database, or the log starts over."""
    status = database.stat()
    try:
        with database.with_name(database.name + "-wal").open("rb") as wal:
            header = wal.read(_WAL_HEADER_BYTES)
    except FileNotFoundError:
        header = b""
    return status.st_mtime_ns, status.st_size, header


@contextmanager
def open_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """The copied database, for reading. Raises AdoptionRefused when SQLite cannot read it.

    A view that this SQLite is too old for keeps it from reading anything at all; then the view is named.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # Old versions let invalid UTF-8 in; one such text must not stop the whole adoption.
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            yield connection
    except sqlite3.DatabaseError as error:
        reason = unreadable_views_text(path) or f"{path.name} cannot be read: {error}."
        raise AdoptionRefused(reason) from error


def check_database(connection: sqlite3.Connection, name: str) -> None:
    """Raises AdoptionRefused for a damaged database."""
    findings = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
    if findings != ["ok"]:
        raise AdoptionRefused(f"{name} is damaged: {'; '.join(findings)}.")


def check_layout(connection: sqlite3.Connection) -> None:
    """Raises AdoptionRefused for a layout from before PocketBase 0.23."""
    tables = set(_column(connection, "SELECT name FROM sqlite_master WHERE type = 'table'"))
    if "_collections" not in tables:
        raise AdoptionRefused("data.db has no collections, so it was not written by PocketBase.")
    columns = set(_column(connection, source_sql.column_names("_collections")))
    if not {"fields", "options"} <= columns or "_superusers" not in tables:
        raise AdoptionRefused(
            "This directory was written by a PocketBase older than 0.23. Start it once with PocketBase 0.23 "
            "or newer, which upgrades it, then adopt it."
        )


def read_definitions(connection: sqlite3.Connection) -> list[Collection]:
    """All collections, in the order in which they were made.

    Raises AdoptionRefused for a definition that cannot be understood.
    """
    cursor = connection.execute("SELECT * FROM _collections ORDER BY rowid")
    names = [description[0] for description in cursor.description]
    known = {field.attname for field in StoredCollection._meta.concrete_fields}
    collections: list[Collection] = []
    for values in cursor:
        row = {name: value for name, value in zip(names, values, strict=True) if name in known}
        try:
            for column in _JSON_COLUMNS:
                row[column] = json.loads(row[column] or "null")
            collections.append(StoredCollection(**row).as_collection())
        except (MalformedOptions, ValueError, KeyError, TypeError) as error:
            raise AdoptionRefused(f"The collection {row.get('name')!r} cannot be read: {error}.") from error
    return collections


def count_records(connection: sqlite3.Connection, collections: list[Collection]) -> dict[str, int]:
    """How many rows each collection with a table of its own has, by name."""
    return {
        collection.name: connection.execute(source_sql.count_rows(collection.name)).fetchone()[0]
        for collection in collections
        if not collection.is_view
    }


def stored_settings(connection: sqlite3.Connection) -> RuntimeSettings:
    """The settings row, or the defaults. Raises ImproperlyConfigured when it cannot be decrypted."""
    row = connection.execute("SELECT value FROM _params WHERE id = ?", [ROW_ID]).fetchone()
    return RuntimeSettings.from_json(read_row(row[0]) if row and row[0] else {})


def sync_to_disk(path: Path) -> None:
    """Make sure that a file has reached the disk before the adoption is called done."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _column(connection: sqlite3.Connection, sql: str) -> list[str]:
    return [row[0] for row in connection.execute(sql)]

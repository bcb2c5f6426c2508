"""Adopting a PocketBase data directory: copy it, check the copy, add our tables, put it in place.

Everything happens in a hidden folder, which is renamed at the very end, so a failure leaves nothing behind
and the source is only ever read.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from collections_app.catalog import forget_catalog
from collections_app.collection import Collection
from collections_app.pb_migrations.apps import hidden_migrations
from platform_app.database.data_directory import ensure_auxiliary_tables, migrate_if_needed, owner_only
from platform_app.database.routers import log_database
from platform_app.database.rows import forget_connections
from platform_app.database.sqlite_driver import sqlite3
from platform_app.runtime_settings.current import forget_settings
from system_app.adopting.errors import AdoptionRefused
from system_app.adopting.files import FOLDERS, copy_files, list_files, missing_files
from system_app.adopting.postgresql_sql import check_database_is_empty, import_database
from system_app.adopting.source import (
    DATABASES,
    check_database,
    check_layout,
    check_source,
    check_target,
    copy_databases,
    count_records,
    open_copy,
    read_definitions,
    stored_settings,
    sync_to_disk,
)
from system_app.adopting.trying_views import broken_views


@dataclass
class Adoption:
    """What was adopted, for the closing report; `records` counts rows by collection name."""

    collections: list[Collection]
    records: dict[str, int]
    files: int
    size_bytes: int
    missing_files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


@owner_only()
def adopt(source: Path, target: Path, *, copied: Callable[[int, int], None]) -> Adoption:
    """Copy the directory `source` to `target`, complete it and check it.

    With PostgreSQL configured, the rows go into that database, which must be empty, and only the files to
    `target`. `copied(done_bytes, total_bytes)` is called along the way. Raises AdoptionRefused.
    """
    started = time.monotonic()
    source, target = source.resolve(), target.resolve()
    check_source(source)
    check_target(source, target)
    if not _is_sqlite():
        check_database_is_empty()
    staging = _make_staging(target)
    try:
        # Migrations of collections belong to the directory that is served, which this is not yet.
        with hidden_migrations():
            adoption = _fill(source, staging, copied)
        _put_in_place(staging, target)
    except OSError as error:
        raise AdoptionRefused(f"The copy failed: {error}.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        forget_catalog()
        forget_settings()
    adoption.seconds = time.monotonic() - started
    return adoption


def _make_staging(target: Path) -> Path:
    """A folder on the target's file system: inside a target that exists, as a mount point does, or beside."""
    home = target if target.exists() else target.parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}-adopting-", dir=home))
    except OSError as error:
        raise AdoptionRefused(f"{home} cannot be written to: {error.strerror}.") from error


def _put_in_place(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
        return
    # data.db comes last: without it the directory is nobody's yet.
    for path in sorted(staging.iterdir(), key=lambda path: path.name == "data.db"):
        path.rename(target / path.name)


def _fill(source: Path, staging: Path, copied: Callable[[int, int], None]) -> Adoption:
    copy_databases(source, staging)
    data = staging / "data.db"
    with open_copy(data) as connection:
        check_database(connection, "data.db")
        check_layout(connection)
        collections = read_definitions(connection)
        records = count_records(connection, collections)
        # Leaves the copy without side files, also where our own engine will not open it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if (staging / "auxiliary.db").is_file():
        with open_copy(staging / "auxiliary.db") as connection:
            check_database(connection, "auxiliary.db")

    files = list_files(source)
    total = sum(size for _, size in files)
    adoption = Adoption(collections, records, files=len(files), size_bytes=total)
    _copy_files(source, staging, files, total, copied)
    with open_copy(data) as connection:
        _check_files(connection, staging / "storage", adoption)

    if _is_sqlite():
        _complete_sqlite(staging, adoption)
    else:
        adoption.warnings += import_database(data, collections)
        for name in DATABASES:
            (staging / name).unlink(missing_ok=True)
    return adoption


def _is_sqlite() -> bool:
    return connections[DEFAULT_DB_ALIAS].vendor == "sqlite"


def _copy_files(
    source: Path, staging: Path, files: list[tuple[Path, int]], total: int, copied: Callable[[int, int], None]
) -> None:
    done = 0

    def advance(size_bytes: int) -> None:
        nonlocal done
        done += size_bytes
        copied(done, total)

    for folder in FOLDERS:
        (staging / folder).mkdir()
    copy_files(source, staging, files, advance)


def _check_files(connection: sqlite3.Connection, storage: Path, adoption: Adoption) -> None:
    try:
        keeps_files_in_s3 = stored_settings(connection).data["s3"]["enabled"]
    except ImproperlyConfigured:
        adoption.warnings.append("The settings are encrypted: set SETTINGS_ENCRYPTION_KEY to serve them.")
        keeps_files_in_s3 = False
    if keeps_files_in_s3:
        adoption.warnings.append("Files are kept in S3, so their presence was not checked.")
    else:
        adoption.missing_files = missing_files(connection, adoption.collections, storage)


def _complete_sqlite(staging: Path, adoption: Adoption) -> None:
    """Add our tables to the copied databases and see that every row is still there."""
    with databases_in(staging):
        try:
            migrate_if_needed()
            ensure_auxiliary_tables()
        except DatabaseError as error:
            raise AdoptionRefused(f"Our own tables cannot be added: {error}.") from error
        adoption.warnings += map(str, broken_views(adoption.collections))
    for name in DATABASES:
        with open_copy(staging / name) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if name == "data.db" and count_records(connection, adoption.collections) != adoption.records:
                raise AdoptionRefused("The copy has not as many records as the source.")
        sync_to_disk(staging / name)


@contextmanager
def databases_in(folder: Path) -> Iterator[None]:
    """Point Django's SQLite connections of this thread at the databases in `folder`."""
    aliases = {DEFAULT_DB_ALIAS: "data.db", log_database(): "auxiliary.db"}
    before = {alias: connections.settings[alias]["NAME"] for alias in aliases}

    def point_to(names: dict[str, Path]) -> None:
        for alias, name in names.items():
            connections[alias].close()
            del connections[alias]
            connections.settings[alias]["NAME"] = name
        forget_connections()

    point_to({alias: folder / name for alias, name in aliases.items()})
    try:
        yield
    finally:
        point_to(before)

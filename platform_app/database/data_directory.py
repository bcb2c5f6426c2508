"""The data directory: made, completed and brought up to date before anything is served from it.

Layout: contract/system.md 16 (`data.db`, `auxiliary.db`, `storage/`, `backups/`).
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, router

from platform_app.database.disk_room import with_reason
from platform_app.database.replacing import CannotUndo, settle
from platform_app.database.routers import AUXILIARY, log_database
from platform_app.database.sqlite_driver import sqlite_description
from platform_app.database.system_tables_sql import create_logs
from platform_app.database.unreadable_views import unreadable_views_text

# Takes from everybody else what a new file or folder would let them do: what is kept here holds secrets.
OWNER_ONLY = 0o077
# Any number that nobody else locks in the same PostgreSQL database: "joey" in ASCII.
_MIGRATION_LOCK = 0x6A6F6579


class DataDirectoryUnusable(Exception):
    """Nothing can be served from the data directory, or its database; the message says why, in one line."""


@contextmanager
def owner_only() -> Iterator[None]:
    """What is made meanwhile only its owner can read; what is there already stays as it is.

    For commands before they have threads: it counts for the whole process.
    """
    before = os.umask(OWNER_ONLY)
    try:
        yield
    finally:
        os.umask(before)


@owner_only()
def prepare() -> None:
    """Make the folders, run the migrations that are missing, and make logs and queue where they are gone.

    A restore that waits for a start is carried out. Cheap when nothing is missing: three queries and a look
    at the migration folders.
    Raises DataDirectoryUnusable.
    """
    try:
        for folder in _folders():
            folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise DataDirectoryUnusable(f"{error.filename} is not a directory.") from error
    except OSError as error:
        reason = with_reason(f"{error.filename} cannot be made: {error.strerror}.")
        raise DataDirectoryUnusable(reason) from error
    for path in unwritable_paths():
        raise DataDirectoryUnusable(f"{path} cannot be written to.")
    use_data_directory()
    _open()


def use_data_directory() -> str | None:
    """Say that this process uses it; a restore that waits for that is carried out before.

    Returns what `settle` says of it. Raises DataDirectoryUnusable.
    """
    try:
        return settle(_open_restored)
    except (OSError, CannotUndo) as error:
        raise DataDirectoryUnusable(with_reason(_one_line(error))) from error


def _open_restored() -> None:
    for folder in _folders():
        folder.mkdir(parents=True, exist_ok=True)
    _open()


def _open() -> None:
    try:
        check_database()
        migrate_if_needed()
        ensure_auxiliary_tables()
    except DatabaseError as error:
        # Once the database can be read at all, what fails is a migration: `--traceback` shows where.
        reason = with_reason(_one_line(error))
        raise DataDirectoryUnusable(f"The database cannot be prepared: {reason}") from error


def _folders() -> list[Path]:
    return [
        Path(folder)
        for folder in (settings.JOEY_DATA_DIR, settings.JOEY_STORAGE_DIR, settings.JOEY_BACKUPS_DIR)
    ]


def unwritable_paths() -> list[Path]:
    """What exists of the data directory and cannot be written to."""
    files = [_database_file(alias) for alias in settings.DATABASES if connections[alias].vendor == "sqlite"]
    return [path for path in (*_folders(), *files) if path.exists() and not os.access(path, os.W_OK)]


def check_database() -> None:
    """Raises DataDirectoryUnusable when the database is out of reach, or cannot be read."""
    query = "SELECT 1 FROM sqlite_master LIMIT 1" if connection.vendor == "sqlite" else "SELECT 1"
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
    except DatabaseError as error:
        if connection.vendor != "sqlite":
            raise DataDirectoryUnusable(f"PostgreSQL cannot be used: {_one_line(error)}") from error
        path = _database_file(DEFAULT_DB_ALIAS)
        reason = unreadable_views_text(path) or with_reason(f"{path} cannot be used: {_one_line(error)}")
        raise DataDirectoryUnusable(reason) from error


def engine_description() -> str:
    """The engine of the default database with its version, such as `PostgreSQL 15.6`."""
    if connection.vendor == "sqlite":
        return sqlite_description()
    connection.ensure_connection()
    number = connection.connection.info.server_version
    return f"PostgreSQL {number // 10000}.{number % 10000}"


def _database_file(alias: str) -> Path:
    return Path(connections[alias].settings_dict["NAME"])


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def migrate_if_needed() -> bool:
    """Run Django's migrations unless all of them are recorded; tells whether they were run."""
    if migrations_on_disk() <= recorded_migrations():
        return False
    with _one_process_at_a_time():
        if migrations_on_disk() <= recorded_migrations():
            return False
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    return True


@contextmanager
def _one_process_at_a_time() -> Iterator[None]:
    """Let several servers start on the same new database: one migrates it, the others wait."""
    if connection.vendor == "sqlite":
        folder = os.open(Path(connection.settings_dict["NAME"]).parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])


def ensure_auxiliary_tables() -> None:
    """Logs and the queue may be thrown away at any time by deleting `auxiliary.db`; this makes a new one."""
    logs = connections[log_database()]
    with logs.cursor() as cursor:
        for statement in create_logs(logs.vendor):
            cursor.execute(statement)
    if AUXILIARY not in settings.DATABASES or _auxiliary_migrations() <= recorded_migrations(AUXILIARY):
        return
    with _one_process_at_a_time():
        recorded = recorded_migrations(AUXILIARY)
        for label in sorted({label for label, _ in _auxiliary_migrations() - recorded}):
            call_command(
                "migrate", label, database=AUXILIARY, interactive=False, verbosity=0, skip_checks=True
            )


def _auxiliary_migrations() -> set[tuple[str, str]]:
    """`(app label, migration name)` of the apps that keep tables beside the logs."""
    labels = {
        config.label
        for config in apps.get_app_configs()
        if any(router.allow_migrate_model(AUXILIARY, model) for model in config.get_models())
    }
    return {(label, name) for label, name in migrations_on_disk() if label in labels}


def recorded_migrations(alias: str = DEFAULT_DB_ALIAS) -> set[tuple[str, str]]:
    """`(app label, migration name)` of everything that ran on this database."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return set(cursor.fetchall())
    except DatabaseError:
        return set()  # a new database


def migrations_on_disk() -> set[tuple[str, str]]:
    """`(app label, migration name)` of all migrations, found without importing them."""
    found: set[tuple[str, str]] = set()
    for config in apps.get_app_configs():
        # Those of collections are elsewhere, beside the data directory.
        folder = getattr(config, "migrations_folder", Path(config.path, "migrations"))
        for path in folder.glob("*.py"):
            if not path.stem.startswith(("_", "~")):
                found.add((config.label, path.stem))
    return found

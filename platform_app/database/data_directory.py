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
from django.db import DatabaseError, connection, connections

from platform_app.database.routers import log_database
from platform_app.database.system_tables_sql import create_logs

# Any number that nobody else locks in the same PostgreSQL database: "joey" in ASCII.
_MIGRATION_LOCK = 0x6A6F6579


def prepare() -> None:
    """Make the folders, run the migrations that are missing, and make the log table where it is gone.

    Cheap when nothing is missing: one query and a look at the migration folders.
    """
    for folder in (settings.JOEY_DATA_DIR, settings.JOEY_STORAGE_DIR, settings.JOEY_BACKUPS_DIR):
        Path(folder).mkdir(parents=True, exist_ok=True)
    migrate_if_needed()
    ensure_log_table()


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


def ensure_log_table() -> None:
    """Logs may be thrown away at any time by deleting `auxiliary.db`; this makes a new one."""
    logs = connections[log_database()]
    with logs.cursor() as cursor:
        for statement in create_logs(logs.vendor):
            cursor.execute(statement)


def recorded_migrations() -> set[tuple[str, str]]:
    """`(app label, migration name)` of everything that ran on this database."""
    try:
        with connection.cursor() as cursor:
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

"""Making a backup while the server serves (contract/system.md 7).

The databases are copied as of one moment, then the files are, as they are found; those that rows of the copy
name and that leave meanwhile are kept until the archive is closed (`files_app/keeping.py`).
Reference: core/base_backup.go (CreateBackup), PocketBase v0.39.11, which lets all writers wait until the end.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import DatabaseError, connection

from files_app.keeping import keeping, kept_paths
from platform_app.database.replacing import OF_PROCESSES
from platform_app.database.sqlite_driver import sqlite3
from system_app.backups.contents import DATA, DUMP, EXCLUDED, OF_DATABASES, STORAGE, data_files, is_excluded
from system_app.backups.errors import BackupFailed
from system_app.backups.names import new_name
from system_app.backups.places import backup_place
from system_app.backups.progress import Progress, Watch, nobody
from system_app.backups.room import Sparing, require_room
from system_app.backups.snapshots import database_files, snapshot
from system_app.backups.temporary import temporary_folder
from system_app.backups.turns import taking_turns
from system_app.backups.zip_writing import ZipWriter
from system_app.events import BackupEvent, backup_create


def create_backup(name: str = "", *, watch: Watch = nobody) -> str:
    """Make a backup, in the place of one that has its name; returns its key. It takes long.

    Raises AnotherRuns, BackupFailed, and what receivers of `backup_create` raise.
    """
    with taking_turns("backup", name):
        event = BackupEvent(name, list(EXCLUDED))
        backup_create.trigger(event, lambda: _create(event, watch))
        return event.name


def _create(event: BackupEvent, watch: Watch) -> None:
    event.name = event.name or new_name()
    progress = Progress("backup", event.name, watch)
    try:
        with (
            TemporaryDirectory(dir=temporary_folder(), prefix="backup_") as folder,
            keeping(Path(settings.JOEY_STORAGE_DIR)) as kept,
            backup_place().arriving(event.name) as archive,
        ):
            _Archive(archive, Path(folder), event.exclude, progress).write(kept)
    except BackupFailed as error:
        progress.end(str(error))
        raise
    except (OSError, sqlite3.Error, DatabaseError) as error:
        progress.end(str(error))
        raise BackupFailed(f"the backup {event.name} was not made: {error}") from error
    progress.end("done")


class _Archive:
    """A backup on its way into the file `archive`; `folder` is for what it is made of."""

    def __init__(self, archive: Path, folder: Path, excluded: Iterable[str], progress: Progress) -> None:
        self._root = Path(settings.JOEY_DATA_DIR)
        self._archive = archive
        self._folder = folder
        self._excluded = [*excluded, *OF_PROCESSES]
        self._progress = progress

    def write(self, kept: Path) -> None:
        """Copy the database, then write it and the files; what leaves the storage meanwhile is in `kept`."""
        databases = self._copy_database()
        # In their places they are being written to.
        elsewhere = [*self._excluded, *OF_DATABASES]
        for path in data_files(self._root, elsewhere):
            self._progress.expect(_size(self._root / path))
        with self._archive.open("wb") as file:
            target = Sparing(file, self._archive.parent)
            writer = ZipWriter(target, self._folder)
            try:
                for database in databases:
                    self._add(writer, database.name, database)
                    database.unlink()
                for name in data_files(self._root, elsewhere):
                    self._add(writer, name, self._root / name)
                self._add_kept(writer, kept)
                writer.close()
            finally:
                writer.discard()
            target.finish()

    def _copy_database(self) -> list[Path]:
        if connection.vendor != "sqlite":
            return self._copy_postgresql()
        sources = {
            name: path
            for name, path in database_files().items()
            if path.is_file() and not is_excluded(name, self._excluded)
        }
        size = sum(_size(path) for path in sources.values())
        require_room(self._folder, size)
        self._progress.expect(2 * size)  # to be copied, and then to be read again
        snapshot(sources, self._folder, self._progress.advance)
        return [self._folder / name for name in sources]

    def _copy_postgresql(self) -> list[Path]:
        """By PostgreSQL's own tools, or else a copy of the collections as SQLite."""
        # Imported late: psycopg takes 60 ms, and installations on SQLite never need it.
        from system_app.backups.postgresql_copy_sql import copy_database
        from system_app.backups.postgresql_locks import current_schema
        from system_app.backups.postgresql_tools import dump, tools_are_there

        if tools_are_there():
            copied = self._folder / DUMP
            dump(copied, current_schema())
        else:
            copied = self._folder / DATA
            copy_database(copied)
        self._progress.expect(_size(copied))
        return [copied]

    def _add_kept(self, writer: ZipWriter, kept: Path) -> None:
        missing = {f"{STORAGE}/{path}": kept / path for path in kept_paths(kept)}
        for name in writer.names():
            missing.pop(name, None)
        for name, path in missing.items():
            if not is_excluded(name, self._excluded):
                self._add(writer, name, path)

    def _add(self, writer: ZipWriter, name: str, path: Path) -> None:
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return  # it left a moment ago; what has to be kept is looked for at the end
        with source:
            status = os.fstat(source.fileno())
            modified = datetime.fromtimestamp(status.st_mtime, UTC)
            writer.add(
                name,
                source,
                size_bytes=status.st_size,
                modified=modified,
                progress=self._progress.advance,
            )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

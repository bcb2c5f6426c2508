"""Whether a backup can be restored: unpacked, and its databases looked into."""

from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from platform_app.database.sqlite_driver import sqlite3
from system_app.adopting.errors import AdoptionRefused
from system_app.adopting.files import missing_files
from system_app.adopting.source import (
    check_database,
    check_layout,
    count_records,
    open_copy,
    read_definitions,
    stored_settings,
)
from system_app.backups.archives import unpack
from system_app.backups.contents import AUXILIARY, DATA, DUMP, STORAGE
from system_app.backups.errors import Unusable
from system_app.backups.progress import Progress


@dataclass
class Contents:
    """What is in a backup; files in S3 are in none, and so not missing. A dump is not looked into so far."""

    files: int
    collections: int = 0
    records: int = 0
    missing_files: list[str] = field(default_factory=list)


def make_ready(archive: Path, folder: Path, progress: Progress) -> Contents:
    """Unpack a backup into the new folder, and see that it can be used. Raises Unusable."""
    folder.mkdir(mode=0o700)
    contents = Contents(files=unpack(archive, folder, progress))
    if (folder / DUMP).is_file():
        _look_into_dump(folder / DUMP)
        return contents
    if not (folder / DATA).is_file():
        raise Unusable(f"the archive has no {DATA}, so it is no backup of a data directory")
    try:
        _look_into(folder, contents)
    except (AdoptionRefused, ImproperlyConfigured, sqlite3.Error, DatabaseError) as error:
        raise Unusable(f"the databases of the archive cannot be used: {error}") from error
    return contents


def _look_into_dump(dumped: Path) -> None:
    if connection.vendor == "sqlite":
        raise Unusable("the archive was made on PostgreSQL by pg_dump, and can only be restored there")
    # Imported late: it loads psycopg, which installations on SQLite never need.
    from system_app.backups.postgresql_tools import check_dump

    check_dump(dumped)


def _look_into(folder: Path, contents: Contents) -> None:
    with open_copy(folder / DATA) as connection:
        check_database(connection, DATA)
        check_layout(connection)
        collections = read_definitions(connection)
        contents.collections = len(collections)
        contents.records = sum(count_records(connection, collections).values())
        if not stored_settings(connection).s3.enabled:
            contents.missing_files = missing_files(connection, collections, folder / STORAGE)
    if (folder / AUXILIARY).is_file():
        with open_copy(folder / AUXILIARY) as connection:
            check_database(connection, AUXILIARY)

"""The files of an adoption: copied, and checked against the names that records mention."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from collections_app.collection import Collection
from platform_app.database.sqlite_driver import sqlite3
from system_app.adopting import source_sql

FOLDERS = ("storage", "backups")


def list_files(source: Path) -> list[tuple[Path, int]]:
    """`(path relative to the source, size in bytes)` of everything that is copied beside the databases."""
    return [found for folder in FOLDERS for found in _walk(source, folder)]


def _walk(source: Path, folder: str) -> Iterator[tuple[Path, int]]:
    for root, _, names in os.walk(source / folder):
        for name in names:
            path = Path(root, name)
            if path.is_file():
                yield path.relative_to(source), path.stat().st_size


def copy_files(
    source: Path, target: Path, files: list[tuple[Path, int]], copied: Callable[[int], None]
) -> None:
    """Copy the files with their times, which are served as Last-Modified; reports sizes as it goes.

    Modes are not taken over: a read-only file of the source could not be replaced here. A file that a
    running PocketBase deletes meanwhile is left out.
    """
    for relative, size_bytes in files:
        destination = target / relative
        destination.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.copyfile(source / relative, destination)
            status = (source / relative).stat()
            os.utime(destination, ns=(status.st_atime_ns, status.st_mtime_ns))
        copied(size_bytes)


def missing_files(connection: sqlite3.Connection, collections: list[Collection], storage: Path) -> list[str]:
    """`collection/record/file` for every file that a record names and the storage does not have."""
    missing: list[str] = []
    for collection in collections:
        columns = [field.name for field in collection.fields if field.type == "file"]
        if collection.is_view or not columns:
            continue
        for record_id, *values in connection.execute(source_sql.select_file_names(collection.name, columns)):
            folder = storage / collection.id / str(record_id)
            missing += (
                f"{collection.name}/{record_id}/{name}"
                for value in values
                for name in _names(value)
                if not (folder / name).is_file()
            )
    return missing


def _names(stored: object) -> list[str]:
    """The file names in a column: one plain name, or a JSON list of them."""
    if not isinstance(stored, str) or not stored:
        return []
    if stored.startswith("["):
        try:
            return [name for name in json.loads(stored) if isinstance(name, str) and name]
        except ValueError:
            return [stored]
    return [stored]

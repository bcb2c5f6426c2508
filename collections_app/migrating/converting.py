"""From a folder of PocketBase's migration files to ours."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from collections_app.catalog import load_catalog
from collections_app.migrating.files import file_names, migrations_folder, record_applied, write_migration
from collections_app.migrating.javascript import NotOnlyCollections, read_operations
from collections_app.migrating.refusals import MigrationRefused
from collections_app.migration_operations import CollectionOperation
from platform_app.database.rows import fetch_all

_FILES = re.compile(r".*\.(?:js|ts)")
_COLLECTION = re.compile(r"\d+_(?:created|updated|deleted)_(\w+)")


@dataclass(frozen=True)
class Reading:
    """A file with what it does to collections, or with why it is not converted."""

    path: Path
    operations: list[CollectionOperation]
    problem: str = ""


@dataclass(frozen=True)
class Conversion:
    """`written` and `applied` are names of ours, `left` what waits to be written by hand."""

    written: list[str]
    applied: list[str]
    left: list[Reading]


def read_folder(folder: Path, *, id_of: Callable[[str], str] = str) -> Iterator[Reading]:
    """Every migration file, in the order in which PocketBase applies them; none of a missing folder.

    `id_of` knows the id of a collection by id or name.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file() and _FILES.fullmatch(path.name):
            yield _read(path, id_of)


def convert_folder(folder: Path, *, all_applied: bool = False) -> Conversion:
    """Write each file that is about collections alone as a migration of ours, of the same name.

    What the database has on record as applied, or with `all_applied` all of them, is noted as applied.
    Raises MigrationRefused when the folder of ours has files already.
    """
    if names := file_names():
        raise MigrationRefused(
            f"{migrations_folder()} has migrations already, such as {names[0]}: convert into an empty folder."
        )
    known = _applied_files()
    written: list[str] = []
    applied: list[str] = []
    left: list[Reading] = []
    for reading in read_folder(folder, id_of=_id_of):
        if reading.problem:
            left.append(reading)
            continue
        path = write_migration(
            "",
            f"What {reading.path.name} did.",
            reading.operations,
            dependencies=written[-1:],
            name=reading.path.stem.replace(".", "_"),
        )
        written.append(path.stem)
        if all_applied or reading.path.name in known:
            record_applied(path)
            applied.append(path.stem)
    return Conversion(written, applied, left)


def _read(path: Path, id_of: Callable[[str], str]) -> Reading:
    match = _COLLECTION.match(path.stem)
    try:
        text = path.read_text(encoding="utf-8")
        operations = read_operations(text, name=match[1] if match else path.stem, id_of=id_of)
    except (NotOnlyCollections, UnicodeDecodeError, OSError) as problem:
        return Reading(path, [], str(problem))
    return Reading(path, operations)


def _id_of(name_or_id: str) -> str:
    found = load_catalog().find(name_or_id)
    return name_or_id if found is None else found.id


def _applied_files() -> set[str]:
    """The names of PocketBase's files that the database has on record."""
    if "_migrations" not in connection.introspection.table_names():
        return set()
    return {row[0] for row in fetch_all('SELECT "file" FROM "_migrations"')}

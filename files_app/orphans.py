"""Orphans: files that no row names, what is left of uploads, and files that rows name and that are not there.

Looked at while a server runs: a file is stored before its row is written and removed after it, so what is
young may belong to a write that is under way, and what seems lost is looked for again.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple, cast

from collections_app.catalog import load_catalog
from collections_app.collection import Collection
from collections_app.records.storage import (
    THUMBS,
    BucketStorage,
    RecordStorage,
    UnfinishedUpload,
    is_stored,
)
from collections_app.records.writing.writing_abilities import abilities_of
from files_app.local_storage import SIDECAR, LocalRecordStorage
from files_app.naming_rows_sql import names_after_sql
from platform_app.database.rows import fetch_all

# A write with its uploads is over by then, or was broken off.
UNDER_WAY = timedelta(hours=1)
# An upload of many gigabytes may take hours.
UPLOADED = timedelta(days=1)
_ROWS = 1000
# The ids that collections are given. Of what no collection has by now, a bucket may hold another program's
# files, and the storage those of somebody's code (`files_app.filesystem`), say in `monthly_reports/`.
_COLLECTION_ID = re.compile(r"pbc_[0-9]+|_pb_users_auth_|[a-z0-9]{15}")


class Place(NamedTuple):
    """Whose a file is: a thumb is the file's of which it is one."""

    collection_id: str
    record_id: str
    name: str


@dataclass(frozen=True)
class Orphan:
    """A file that no row names, or the part of one whose write was broken off."""

    path: str
    size_bytes: int


@dataclass(frozen=True)
class Lost:
    """A file that a row names and that is not there."""

    path: str


def place_of(path: str) -> Place | None:
    """Whose file lies there; None for what is not laid out as the files of records are.

    >>> place_of("c/r/thumbs_a.png/100x100_a.png")
    Place(collection_id='c', record_id='r', name='a.png')
    >>> place_of("pb_backup.zip")
    """
    match path.split("/"):
        case [collection_id, record_id, name]:
            return Place(collection_id, record_id, name)
        case [collection_id, record_id, folder, _] if folder.startswith(THUMBS):
            return Place(collection_id, record_id, folder.removeprefix(THUMBS))
    return None


def is_of_a_record(path: str) -> bool:
    """Whether a path is that of a record's file, of a collection that there is or may have been."""
    place = place_of(path)
    return place is not None and _is_ours(place, {one.id for one in load_catalog().collections})


def find_orphans(storage: RecordStorage) -> Iterator[Orphan | Lost]:
    """All of them, a collection after the other; holds the paths of one collection's files in memory.

    Raises OSError when the storage fails.
    """
    collections = {one.id: one for one in load_catalog().collections if not one.is_view}
    youngest = datetime.now(UTC) - UNDER_WAY
    lost: set[str] = set()
    for found in _by_collection(storage, collections, youngest):
        if isinstance(found, Lost):
            lost.add(found.path)
        yield found
    if not isinstance(storage, LocalRecordStorage):
        return
    for path, known in storage.left_behind():
        place = place_of(path)
        if place is None or not _is_ours(place, collections) or known.modified >= youngest:
            continue
        # What is known of a lost file is kept: somebody may bring its content back.
        if path.removesuffix(SIDECAR) not in lost:
            yield Orphan(path, known.size_bytes)


def _is_ours(place: Place, collection_ids: Container[str]) -> bool:
    return place.collection_id in collection_ids or bool(_COLLECTION_ID.fullmatch(place.collection_id))


def _by_collection(
    storage: RecordStorage, collections: Mapping[str, Collection], youngest: datetime
) -> Iterator[Orphan | Lost]:
    seen: set[str] = set()
    # Both a bucket and a folder list the files of a collection in one go.
    listed = (path for path in storage.list("") if (place := place_of(path)) and _is_ours(place, collections))
    for collection_id, paths in groupby(listed, lambda path: path.partition("/")[0]):
        seen.add(collection_id)
        yield from _compare(storage, collections.get(collection_id), list(paths), youngest)
    for collection_id, collection in collections.items():
        if collection_id not in seen:
            yield from _compare(storage, collection, [], youngest)


def find_unfinished(storage: RecordStorage, is_ours: Callable[[str], bool]) -> Iterator[UnfinishedUpload]:
    """Uploads of our paths that were begun long ago; a folder has none.

    Raises OSError when the storage fails, or does not tell.
    """
    if not hasattr(storage, "unfinished_uploads"):
        return
    youngest = datetime.now(UTC) - UPLOADED
    for upload in cast(BucketStorage, storage).unfinished_uploads():
        if upload.begun < youngest and is_ours(upload.path):
            yield upload


def _compare(
    storage: RecordStorage, collection: Collection | None, paths: list[str], youngest: datetime
) -> Iterator[Orphan | Lost]:
    # The rows are read after the list: a file that was stored in between has its row then.
    places = {path: place for path in paths if (place := place_of(path))}
    named: set[Place] = set()
    for place in _named_by(collection) if collection is not None else ():
        named.add(place)
        # Where PocketBase has put it in a bucket (`s3_names.keys_of`).
        named.add(place._replace(name=place.name.partition("#")[0]))
        path = "/".join(place)
        if path not in places and not is_stored(storage, path):
            yield Lost(path)
    for path, place in places.items():
        if place in named:
            continue
        try:
            known = storage.attributes(path)
        except FileNotFoundError:
            continue
        if known.modified < youngest:
            yield Orphan(path, known.size_bytes)


def _named_by(collection: Collection) -> Iterator[Place]:
    fields = abilities_of(collection).with_files
    last_id = ""
    while fields:
        statement = names_after_sql(collection.name, [name for name, _ in fields], last_id, _ROWS)
        rows = fetch_all(*statement)
        for record_id, *columns in rows:
            for (name, field), column in zip(fields, columns, strict=True):
                stored = collection.fields_by_name[name].from_db(column)
                for file in field.file_names(stored):
                    if file:
                        yield Place(collection.id, record_id, file)
        if len(rows) < _ROWS:
            return
        last_id = rows[-1][0]

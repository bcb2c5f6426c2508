"""The files that records name: stored before the row that names them, removed after the row that did.

Paths are `{collection id}/{record id}/{name}` in Django's `records` storage, thumbs of a file under
`thumbs_{name}/` beside it (contract/files.md). So a row never names a file that is not there.
"""

import logging
from collections.abc import Iterable

from django.core.files.storage import Storage, storages

from collections_app.records.record import Record
from collections_app.records.writing_abilities import abilities_of

logger = logging.getLogger(__name__)

ALIAS = "records"


def folder_of(record: Record) -> str:
    return f"{record.collection.id}/{record.id}"


def store_pending_files(record: Record) -> list[str]:
    """Write the uploads in the record's values to the storage; returns their paths.

    When one of them fails, those before it are removed again, and the failure is raised.
    """
    paths: list[str] = []
    try:
        for name, field in abilities_of(record.collection).with_files:
            for pending in field.pending_files(record.values[name]):
                path = f"{folder_of(record)}/{pending.name}"
                paths.append(path)
                with pending.open() as content:
                    _storage().save(path, content)
    except Exception:
        remove_paths(paths)
        raise
    return paths


def replaced_paths(record: Record) -> list[str]:
    """The paths of files that the stored record names and its new values do not."""
    if record.original is None:
        return []
    paths: list[str] = []
    for name, field in abilities_of(record.collection).with_files:
        kept = set(field.file_names(record.values[name]))
        before = field.file_names(record.original[name])
        paths += (f"{folder_of(record)}/{file}" for file in before if file and file not in kept)
    return paths


def remove_paths(paths: Iterable[str]) -> None:
    """Delete files and their thumbs. A file that will not go is logged: its record is already written."""
    storage = _storage()
    for path in paths:
        try:
            storage.delete(path)
            folder, _, name = path.rpartition("/")
            _remove_folder(storage, f"{folder}/thumbs_{name}")
        except OSError:
            logger.warning("cannot delete the file %s", path, exc_info=True)


def remove_record_folder(record: Record) -> None:
    """Delete everything that is stored for a record that is gone."""
    try:
        _remove_folder(_storage(), folder_of(record))
    except OSError:
        logger.warning("cannot delete the files of %r", record, exc_info=True)


def remove_collection_folder(collection_id: str) -> None:
    """Delete every file of a collection that is gone."""
    try:
        _remove_folder(_storage(), collection_id)
    except OSError:
        logger.warning("cannot delete the files of collection %s", collection_id, exc_info=True)


def _remove_folder(storage: Storage, folder: str) -> None:
    if not storage.exists(folder):
        return
    folders, names = storage.listdir(folder)
    for name in names:
        storage.delete(f"{folder}/{name}")
    for name in folders:
        _remove_folder(storage, f"{folder}/{name}")
    storage.delete(folder)


def _storage() -> Storage:
    return storages[ALIAS]

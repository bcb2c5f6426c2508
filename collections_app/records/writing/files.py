"""The files that records name: stored before the row that names them, removed after the row that did.

Paths are `{collection id}/{record id}/{name}` in Django's `records` storage, thumbs of a file under
`thumbs_{name}/` beside it (contract/files.md). So a row never names a file that is not there. On the local
disk a sidecar `{name}.attrs` keeps the file's type and original name, as PocketBase expects it.
"""

import base64
import codecs
import hashlib
import json
import logging
from collections.abc import Iterable

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

from collections_app.fields.file_names import PendingFile
from collections_app.records.record import Record
from collections_app.records.writing.writing_abilities import abilities_of
from platform_app.wire.mime.types import SNIFFED_BYTES

logger = logging.getLogger(__name__)

ALIAS = "records"
SIDECAR = ".attrs"

_WITH_CHARSET = frozenset({"text/plain", "text/html", "text/xml"})


def folder_of(record: Record) -> str:
    return f"{record.collection.id}/{record.id}"


def store_pending_files(record: Record, stored: list[str]) -> None:
    """Write the uploads in the record's values to the storage, and add their paths to `stored`.

    Paths that are there already are not written again. Raises what the storage raises; by then the path of
    the file that failed is in `stored` too.
    """
    for name, field in abilities_of(record.collection).with_files:
        for pending in field.pending_files(record.values[name]):
            if not record.id:
                raise ValueError(f"files need a record with an id: {record!r}")
            path = f"{folder_of(record)}/{pending.name}"
            if path not in stored:
                stored.append(path)
                _store(path, pending)


def named_paths(record: Record) -> set[str]:
    """The paths of all files that the record's values name."""
    folder = folder_of(record)
    return {
        f"{folder}/{file}"
        for name, field in abilities_of(record.collection).with_files
        for file in field.file_names(record.values[name])
        if file
    }


def remove_paths(paths: Iterable[str]) -> None:
    """Delete files and their thumbs. A file that will not go is logged: its record is already written."""
    storage = _storage()
    for path in paths:
        try:
            storage.delete(path)
            if isinstance(storage, FileSystemStorage):
                storage.delete(path + SIDECAR)
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


def remove_empty_folder(record: Record) -> None:
    """Delete the folder of a record that was never written; another one's, under the same id, has files."""
    storage = _storage()
    if isinstance(storage, FileSystemStorage) and record.id:
        folder = folder_of(record)
        if storage.exists(folder) and not any(storage.listdir(folder)):
            storage.delete(folder)


def _store(path: str, pending: PendingFile) -> None:
    storage = _storage()
    with pending.open() as content:
        storage.save(path, File(content))
    if isinstance(storage, FileSystemStorage):
        storage.save(path + SIDECAR, ContentFile(_attributes(pending)))


def _attributes(pending: PendingFile) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    with pending.open() as content:
        for chunk in File(content).chunks():
            digest.update(chunk)
    attributes = {
        "user.cache_control": "",
        "user.content_disposition": "",
        "user.content_encoding": "",
        "user.content_language": "",
        "user.content_type": _content_type(pending),
        "user.metadata": {"original-filename": pending.original_name},
        "md5": base64.b64encode(digest.digest()).decode(),
    }
    return json.dumps(attributes, separators=(",", ":"), ensure_ascii=False).encode(errors="replace") + b"\n"


def _content_type(pending: PendingFile) -> str:
    """The type of the content; texts in UTF-8 say so, as in the reference."""
    name = pending.mime_type().name
    if name not in _WITH_CHARSET:
        return name
    with pending.open() as content:
        try:
            # The sample may end within a character.
            codecs.getincrementaldecoder("utf-8")().decode(content.read(SNIFFED_BYTES))
        except UnicodeDecodeError:
            return name
    return f"{name}; charset=utf-8"


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

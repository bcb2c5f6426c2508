"""The files that records name: stored before the row that names them, removed after the row that did.

So a row never names a file that is not there. Where they are kept is `records/storage.py`'s to say.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf

from django.core.files.base import File

from collections_app.catalog import find_collection
from collections_app.fields.file_names import PendingFile
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.storage import (
    FileAttributes,
    NameRefused,
    files_are_remote,
    record_storage,
    thumbs_folder,
)
from collections_app.records.writing.removals import remove
from collections_app.records.writing.writing_abilities import abilities_of
from platform_app.database.rows import in_transaction
from platform_app.outgoing.patience import at_most
from platform_app.wire.mime.content_types import content_type_of
from platform_app.wire.mime.types import SNIFFED_BYTES

# What an upload to another server may take within a transaction, for which all other writers wait: that of
# a hook, or of code with a transaction of its own. It is less than writers wait for SQLite.
_SECONDS_IN_TRANSACTION = 3.0


def folder_of(record: Record) -> str:
    return f"{record.collection.id}/{record.id}"


def store_pending_files(record: Record, stored: list[str]) -> None:
    """Write the uploads in the record's values to the storage, and add their paths to `stored`.

    Paths that are there already are not written again, nor what was `stored_early`. Raises
    what the storage raises; by then the path of the file that failed is in `stored` too.
    """
    for path, pending in _pending_paths(record):
        if path not in stored:
            stored.append(path)
            if not _taken(path):
                _store(path, pending)


def _pending_paths(record: Record) -> Iterator[tuple[str, PendingFile]]:
    for name, field in abilities_of(record.collection).with_files:
        for pending in field.pending_files(record.values[name]):
            if not record.id:
                raise ValueError(f"files need a record with an id: {record!r}")
            yield f"{folder_of(record)}/{pending.name}", pending


class _Thread(threading.local):
    """What `stored_early` has stored for the writes of this thread: by path, None or what went wrong."""

    early: dict[str, Exception | None] | None = None


_thread = _Thread()


@contextmanager
def stored_early(records: Iterable[Record]) -> Iterator[None]:
    """A `with` block around a transaction of several writes: the records' uploads are stored before it.

    A write that is alone stores its files before its transaction by itself. While one is open all other
    writers would wait for the storage, which may be another server. A write in the block takes the file that
    is there for it, or what kept it from being stored; what none has taken is removed at the end.
    """
    early: dict[str, Exception | None] = {}
    outer = _thread.early
    try:
        for path, pending in (each for record in records for each in _pending_paths(record)):
            early[path] = None  # at first, so that it goes whatever comes in between
            try:
                _store(path, pending)
            except (OSError, NameRefused) as error:
                early[path] = error
                break  # all of the writes are going to fail for it
        _thread.early = early
        yield
    finally:
        _thread.early = outer
        remove_paths(early)


def _taken(path: str) -> bool:
    """Whether the file is stored, and the caller's from now on. Raises what kept it from being stored."""
    if _thread.early is None or path not in _thread.early:
        return False
    error = _thread.early.pop(path)
    if error is not None:
        raise error
    return True


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
    """Delete files and their thumbs, or have them deleted. One that will not go is logged."""
    for path in paths:
        remove(path)
        remove(thumbs_folder(path))  # afterwards: who makes one looks for the file when it is stored


def remove_record_files(record: Record) -> None:
    """Delete everything that is stored for a record that is gone."""
    if not record.id:  # without one, the folder would be that of the collection
        return
    has_files = bool(abilities_of(record.collection).with_files)
    if has_files and _is_there_again(record):
        remove_paths(named_paths(record))
    elif has_files or not files_are_remote():
        # On a disk it costs nothing to look for what a field that is gone has left.
        remove(f"{folder_of(record)}/")


def _is_there_again(record: Record) -> bool:
    """Whether the transaction that deleted the record made one with its id, which has files of its own."""
    collection = find_collection(record.collection.id)
    return collection is not None and find_record(collection, record.id) is not None


def remove_collection_files(collection_id: str) -> None:
    """Delete everything that is stored for the records of a collection that is gone, or was emptied."""
    remove(f"{collection_id}/")


def _store(path: str, pending: PendingFile) -> None:
    with pending.open() as content, at_most(_SECONDS_IN_TRANSACTION if in_transaction() else inf):
        kind = content_type_of(content.read(SNIFFED_BYTES))
        content.seek(0)
        record_storage().store(path, File(content), FileAttributes(kind, pending.original_name))

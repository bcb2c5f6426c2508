"""The files that records name: stored before the row that names them, removed after the row that did.

So a row never names a file that is not there. Where they are kept is `records/storage.py`'s to say.
"""

from collections.abc import Iterable
from math import inf

from django.core.files.base import File

from collections_app.fields.file_names import PendingFile
from collections_app.records.record import Record
from collections_app.records.storage import FileAttributes, files_are_remote, record_storage, thumbs_folder
from collections_app.records.writing.removals import remove
from collections_app.records.writing.writing_abilities import abilities_of
from platform_app.database.rows import in_transaction
from platform_app.outgoing.patience import at_most
from platform_app.wire.mime.content_types import content_type_of
from platform_app.wire.mime.types import SNIFFED_BYTES

# What an upload to another server may take within a transaction, for which all other writers wait: those of
# batches. It is less than writers wait for SQLite.
_SECONDS_IN_TRANSACTION = 3.0


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
    """Delete files and their thumbs, or have them deleted. One that will not go is logged."""
    for path in paths:
        remove(path)
        remove(thumbs_folder(path))  # afterwards: who makes one looks for the file when it is stored


def remove_record_files(record: Record) -> None:
    """Delete everything that is stored for a record that is gone."""
    if not record.id:  # without one, the folder would be that of the collection
        return
    # On a disk it costs nothing to look for what a field that is gone has left.
    if abilities_of(record.collection).with_files or not files_are_remote():
        remove(f"{folder_of(record)}/")


def remove_collection_files(collection_id: str) -> None:
    """Delete everything that is stored for the records of a collection that is gone, or was emptied."""
    remove(f"{collection_id}/")


def _store(path: str, pending: PendingFile) -> None:
    with pending.open() as content, at_most(_SECONDS_IN_TRANSACTION if in_transaction() else inf):
        kind = content_type_of(content.read(SNIFFED_BYTES))
        content.seek(0)
        record_storage().store(path, File(content), FileAttributes(kind, pending.original_name))

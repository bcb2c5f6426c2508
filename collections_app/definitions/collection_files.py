"""The files of a whole collection: one folder per collection id in the storage of records."""

import logging

from django.core.files.storage import Storage, storages

from collections_app.records.writing.files import ALIAS

logger = logging.getLogger(__name__)


def remove_collection_folder(collection_id: str) -> None:
    """Delete every file of a collection that is gone; one that will not go is logged."""
    try:
        _remove_folder(storages[ALIAS], collection_id)
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

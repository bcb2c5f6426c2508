"""Removals: files that nobody names any more leave the storage, without anybody waiting for the network.

On a disk they go at once. Elsewhere they wait in one queue of the process, which one thread for errands at a
time works off beside answers. What a process that ends has not removed stays: `manage.py files orphans`.
"""

import logging
import threading
from collections import deque

from collections_app.records.storage import RecordStorage, files_are_remote, record_storage
from platform_app.requests.held_answers import beside_answer

logger = logging.getLogger(__name__)

# Several threads would take the errands of others, such as mails, their threads.
_at_work = threading.Lock()
# With the storage that counted then: the settings may name another one by the time it is done.
_waiting: deque[tuple[RecordStorage, str]] = deque()


def remove(path: str) -> None:
    """Remove a file, or with a slash at the end all files below; what will not go is logged."""
    try:
        storage = record_storage()
    except OSError as error:
        logger.warning("cannot delete the files at %s: %s", path, error)
        return
    if not files_are_remote():
        _remove(storage, path)
        return
    _waiting.append((storage, path))
    beside_answer(_work_off, _then)


def _work_off() -> None:
    while _waiting and _at_work.acquire(blocking=False):
        try:
            while _waiting:
                _remove(*_waiting.popleft())
        finally:
            _at_work.release()


def _then(error: Exception | None) -> None:
    if error is not None:
        logger.warning("%d removals of files wait for the next one: %r", len(_waiting), error)


def _remove(storage: RecordStorage, path: str) -> None:
    try:
        if path.endswith("/"):
            storage.delete_prefix(path)
        else:
            storage.delete(path)
    except OSError as error:
        logger.warning("cannot delete the files at %s: %s", path, error)

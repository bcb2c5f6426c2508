"""Whether small files may be read on the event loop's own thread.

A thread costs a small file as much again as all the rest: each of its system calls gives up the interpreter
lock, and waits for it. The event loop's thread reads the database's pages from the disk anyway, so it may
read files from the same disk, as long as that is quick; another disk may be a network's, which may hang.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.db import connections

from collections_app.records.storage import record_storage
from files_app.local_storage import LocalRecordStorage

# When one file took so long, the next ones are read on threads for a hundred times as long: so the event loop
# stands still for a hundredth of the time at most. Busy processors alone take less.
MOST_SECONDS = 0.1
SLOW_TIMES = 100


class _Disk:
    """Until when the disk passes for slow, by the monotonic clock; for all threads of this process."""

    slow_until = 0.0


_disk = _Disk()


def files_are_near() -> bool:
    """Whether records' files are on the disk of the database, and that is quick."""
    storage = record_storage()
    return (
        isinstance(storage, LocalRecordStorage)
        and _is_beside_database(str(storage.location))
        and time.monotonic() >= _disk.slow_until
    )


@contextmanager
def reading() -> Iterator[None]:
    """Around reading a file: notes when that takes long."""
    began = time.monotonic()
    try:
        yield
    finally:
        ended = time.monotonic()
        if ended - began > MOST_SECONDS:
            _disk.slow_until = ended + SLOW_TIMES * (ended - began)


@cache
def _is_beside_database(location: str) -> bool:
    database = connections["default"]
    if database.vendor != "sqlite":
        return False
    try:
        return _device(Path(location)) == Path(database.settings_dict["NAME"]).stat().st_dev
    except OSError:
        return False


def _device(folder: Path) -> int:
    """The disk of a folder, or of where it is going to be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.stat().st_dev

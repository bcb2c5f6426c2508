"""One backup, restore or look at one at a time: a lock on a file in the data directory, which ends with it.

On PostgreSQL, whose installations may have several machines, there is a lock in the database, too.
"""

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import connection

from platform_app.database.replacing import TURN, is_ordered
from system_app.backups.errors import AnotherRuns
from system_app.backups.postgresql_locks import turn_in_database

# Who only looks holds the lock for some microseconds.
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.01

Work = Literal["backup", "restore", "verify"]


@dataclass(frozen=True)
class Running:
    """What is under way, and the name of its file: "" for a backup whose name is not chosen yet."""

    work: Work
    key: str


@contextmanager
def taking_turns(work: Work, key: str) -> Iterator[None]:
    """A `with` block that runs alone. Raises AnotherRuns, also while a restore waits for a restart."""
    if is_ordered():
        raise AnotherRuns
    path = Path(settings.JOEY_DATA_DIR, TURN)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock)
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"work": work, "key": key}).encode(), 0)
        with nullcontext() if connection.vendor == "sqlite" else turn_in_database():
            yield
    finally:
        os.close(lock)


def running() -> Running | None:
    """What is under way on this machine; cheap enough to be asked often."""
    if is_ordered():
        return Running("restore", "")
    try:
        lock = os.open(Path(settings.JOEY_DATA_DIR, TURN), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        if _is_free(lock, fcntl.LOCK_SH):
            return None
        said = json.loads(os.pread(lock, 64 * 1024, 0))
        return Running(said["work"], said["key"])
    except ValueError:
        return Running("backup", "")  # it has only just begun
    finally:
        os.close(lock)


def _take(lock: int) -> None:
    for _ in range(_ATTEMPTS):
        if _is_free(lock, fcntl.LOCK_EX):
            return
        time.sleep(_PAUSE_SECONDS)
    raise AnotherRuns


def _is_free(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EACCES}:
            return False
        raise
    return True

"""Keeping files for a backup: what leaves a storage while one runs is put aside, and gone when it is done.

A backup is a copy of the database, and then of the files that its rows name. Between the two, records go and
their files with them. So the folder KEPT is in the storage while a backup runs, with a lock in it that ends
with the process; whoever removes a file looks for that folder, and moves the file there. Whoever looks has
committed before: either the backup is announced by then, or its copy of the database is made later and names
the file no more. It costs one look at the folder while no backup runs, and works for all processes.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

# At the root of a storage, where no collection is called like this. Others that begin so are on their way.
KEPT = ".kept"
_LOCK = ".lock"


@contextmanager
def keeping(location: Path) -> Iterator[Path]:
    """While the block runs, files that leave the storage are below the folder that this yields.

    One block at a time, for which the caller sees: what an earlier one has left is removed here.
    """
    kept = location / KEPT
    for left in location.glob(f"{KEPT}*"):
        shutil.rmtree(left, ignore_errors=True)
    # Made and locked under another name: without a lock it would count as left behind.
    coming = location / f"{KEPT}_{token_hex(4)}"
    coming.mkdir(mode=0o700, parents=True)
    lock = os.open(coming / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        coming.rename(kept)
        yield kept
    finally:
        going = location / f"{KEPT}_{token_hex(4)}"
        with suppress(FileNotFoundError):
            kept.rename(going)
        os.close(lock)
        for folder in (coming, going):
            shutil.rmtree(folder, ignore_errors=True)


def kept_paths(kept: Path) -> Iterator[str]:
    """The paths in the storage of what has been put aside so far."""
    for folder, _, names in os.walk(kept):
        for name in names:
            path = Path(folder, name).relative_to(kept).as_posix()
            if path != _LOCK:
                yield path


def removal(location: str) -> Callable[[str], None]:
    """How a file of the storage goes now, by its absolute path: away, or aside. It may be gone already."""
    kept = f"{location}/{KEPT}"
    # Not by pathlib: this is done for every record that is deleted.
    if not os.path.isdir(kept) or not _is_held(kept):  # noqa: PTH112
        return _unlink

    def put_aside(file: str) -> None:
        path = os.path.relpath(file, location)
        target = f"{kept}/{path}"
        if os.path.lexists(target):
            _unlink(file)  # of two with one path, the first may be the one that is named
            return
        try:
            _make_folders(kept, path)
            shutil.move(file, target)
        except FileNotFoundError:
            _unlink(file)  # it is gone, or the backup has ended

    return put_aside


def _is_held(kept: str) -> bool:
    """Whether the backup that announced itself still runs."""
    try:
        lock = os.open(f"{kept}/{_LOCK}", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EACCES}:
            return True
        raise
    finally:
        os.close(lock)
    return False


def _make_folders(kept: str, path: str) -> None:
    """Make the folders of a path below `kept`, which itself is not made anew."""
    folder = kept
    for name in path.split("/")[:-1]:
        folder = f"{folder}/{name}"
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)  # noqa: PTH102 - as above


def _unlink(file: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(file)  # noqa: PTH108 - as above

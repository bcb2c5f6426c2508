"""What of the data directory is in a backup: all regular files, but for what is excluded by its path."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from files_app.keeping import KEPT
from system_app.backups.temporary import TEMPORARY

STORAGE = "storage"
BACKUPS = "backups"
DATA, AUXILIARY = "data.db", "auxiliary.db"
# What PostgreSQL's own tools make of the database there.
DUMP = "postgresql.dump"
SIDE_FILES = ("-wal", "-shm", "-journal")
# As a file of the data directory, none of these is what it seems.
OF_DATABASES = (DUMP, *(name + suffix for name in (DATA, AUXILIARY) for suffix in ("", *SIDE_FILES)))
# As the reference, which has others for what its processes tell each other.
EXCLUDED = (BACKUPS, TEMPORARY, ".notify", ".autocert_cache", "lost+found")


def is_excluded(path: str, excluded: Collection[str]) -> bool:
    """Whether a path, or a folder that it is in, is among those.

    >>> is_excluded("storage/a/b", ["storage/a/"]), is_excluded("storage/ab", ["storage/a"])
    (True, False)
    """
    return any(f"{path}/".startswith(f"{os.path.normpath(other)}/") for other in excluded if other)


def data_files(root: Path, excluded: Collection[str], folder: str = "") -> Iterator[str]:
    """The paths of the files below `folder` of the data directory `root`, a folder after the other.

    What comes and goes meanwhile may be among them or not. A link at the root leads to where somebody keeps
    that folder; other links are left out, as what is no file.
    """
    try:
        # Without a list of them all: a folder of a collection has one for every record.
        with os.scandir(root / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if is_excluded(path, excluded) or (folder == STORAGE and entry.name.startswith(KEPT)):
                    continue
                if entry.is_dir(follow_symlinks=not folder):
                    yield from data_files(root, excluded, path)
                elif entry.is_file(follow_symlinks=False):
                    yield path
    except (FileNotFoundError, NotADirectoryError):
        return

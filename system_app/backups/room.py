"""Room on the disk: a backup or restore leaves some of it to the server, which goes on meanwhile."""

import errno
import os
import shutil
from pathlib import Path
from typing import IO

# What stays free in any case: so much, or of a small volume that part.
_KEPT_BYTES = 64 * 1024 * 1024
_KEPT_PART = 0.05
_LOOKS_EVERY_BYTES = 64 * 1024


def room_bytes(folder: Path) -> int:
    """How much may still be written to the volume of `folder`; less than nothing when it is full."""
    usage = shutil.disk_usage(folder)
    return int(usage.free - min(_KEPT_BYTES, usage.total * _KEPT_PART))


def require_room(folder: Path, size_bytes: int) -> None:
    """Raises OSError when there is no room for so much."""
    room = room_bytes(folder)
    if size_bytes > room:
        raise OSError(
            errno.ENOSPC,
            f"not enough room: {size_bytes:,} bytes are needed, and there are {max(room, 0):,}",
            str(folder),
        )


class Sparing:
    """A file to be written to, until the room on its volume is used up."""

    def __init__(self, file: IO[bytes], folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._unseen_bytes = _LOOKS_EVERY_BYTES

    def write(self, content: bytes, /) -> int:
        """Raises OSError when there is no room."""
        self._unseen_bytes += len(content)
        if self._unseen_bytes >= _LOOKS_EVERY_BYTES:
            self._unseen_bytes = 0
            if room_bytes(self._folder) <= len(content):
                said = "the disk is full, but for what is left to the server"
                raise OSError(errno.ENOSPC, said, str(self._folder))
        return self._file.write(content)

    def finish(self) -> None:
        """Have what was written on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

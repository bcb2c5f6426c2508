"""Archives of backups, read with suspicion: unpacked into an empty folder, or turned down with a reason."""

import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from system_app.backups.errors import BackupFailed, Unusable
from system_app.backups.progress import Progress
from system_app.backups.room import Sparing, require_room
from system_app.backups.zip_writing import CHUNK_BYTES, modified_in

# An archive that becomes larger than this, and so many times larger than it is, was made to fill the disk.
_HARMLESS_BYTES = 1024 * 1024 * 1024
_MOST_TIMES = 200
# Python keeps half a kilobyte of each.
MOST_ENTRIES = 4_000_000
_END = b"PK\5\6"
_REPLACED = str.maketrans({"\n": " ", "\r": " "})


def unpack(archive: Path, target: Path, progress: Progress) -> int:
    """Unpack all files into `target`, which is there and empty; returns how many.

    All that the archive says of them is looked at before the first one is written.
    Raises BackupFailed, Unusable.
    """
    with _failing(), zipfile.ZipFile(archive) as opened:
        files = _checked(opened, archive.stat().st_size)
        total = sum(file.file_size for file in files)
        require_room(target, total)
        progress.expect(total)
        for file in files:
            _unpack_file(opened, file, target, progress)
        return len(files)


def _checked(opened: zipfile.ZipFile, archive_bytes: int) -> list[zipfile.ZipInfo]:
    entries = opened.infolist()
    if len(entries) > MOST_ENTRIES:
        raise Unusable(f"the archive has {len(entries):,} entries, and {MOST_ENTRIES:,} are the most")
    for entry in entries:
        _check_entry(entry)
    files = [entry for entry in entries if not entry.is_dir()]
    if len({file.filename for file in files}) < len(files):
        raise Unusable("the archive has two files of one name")
    total = sum(file.file_size for file in files)
    if total > _HARMLESS_BYTES and total > _MOST_TIMES * archive_bytes:
        raise Unusable(
            f"the archive would become {total // max(archive_bytes, 1):,} times larger: {total:,} bytes"
        )
    return files


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = name.rstrip("/").split("/")
    if not parts[0] or any(part in {"", ".", ".."} for part in parts):
        raise Unusable(f"the archive has a file outside of its folder: {name.translate(_REPLACED)!r}")
    # Archives from elsewhere may say nothing about the kind.
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise Unusable(f"the archive has a link or device, which no backup has: {name!r}")
    if entry.flag_bits & 0x1:
        raise Unusable(f"the archive is encrypted: {name!r}")


def _unpack_file(opened: zipfile.ZipFile, file: zipfile.ZipInfo, target: Path, progress: Progress) -> None:
    path = target / file.filename
    _make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as unpacked, opened.open(file) as packed:
        sparing = Sparing(unpacked, target)
        while chunk := packed.read(CHUNK_BYTES):
            sparing.write(chunk)
            progress.advance(len(chunk))
    if (seconds := modified_in(file.extra)) is not None:
        os.utime(path, (seconds, seconds))


def _make_folder(folder: Path) -> None:
    """With those that it is in: `mkdir(parents=True)` would give these another mode."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Unusable(f"the archive is damaged: {error}") from error
    except (OSError, shutil.Error) as error:
        raise BackupFailed(f"the archive cannot be unpacked: {error}") from error

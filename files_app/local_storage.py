"""LocalRecordStorage: the files of records in a folder, laid out as PocketBase lays it out.

A sidecar `{name}.attrs` keeps a file's type and original name, as PocketBase expects it.
"""

import base64
import builtins
import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from stat import S_ISREG
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage

from collections_app.records.storage import THUMBS, FileAttributes, NameRefused, StoredFile
from files_app.keeping import KEPT, removal
from files_app.object_attributes import UNKNOWN_TYPE, ObjectAttributes, attributes_of
from files_app.preconditions import EPOCH
from platform_app.requests.file_answers import Span

SIDECAR = ".attrs"
_SAID = ("cache_control", "content_disposition", "content_encoding", "content_language")
# How often a file is written when its folder vanishes each time, which takes another request every time.
MOST_WRITES = 10
# Both to hash and to write a chunk let go of the interpreter, so there should not be many of them.
_CHUNK_BYTES = 256 * 1024
# A longer one counts as broken.
_MOST_SIDECAR_BYTES = 64 * 1024


class LocalRecordStorage(FileSystemStorage):
    """A RecordStorage on the local disk. A folder whose last file goes, goes with it."""

    def store(self, path: str, content: "File[bytes]", attributes: FileAttributes) -> None:
        if path.endswith(SIDECAR):
            raise NameRefused(f"{path}: names that end in {SIDECAR} are those of sidecars")
        known = attributes_of(attributes)
        for _ in range(MOST_WRITES - 1):
            # Somebody removed the folder with its last file while it was made, or just after.
            with suppress(FileNotFoundError, FileExistsError):
                return self._store_whole(path, content, known)
        return self._store_whole(path, content, known)

    def _store_whole(self, path: str, content: "File[bytes]", attributes: ObjectAttributes) -> None:
        """Store a file that is there when it is complete, in the place of one that was there before."""
        # Nobody lists or serves what has a sidecar's name.
        partial, sidecar = (f"{path}.{token_hex(4)}{SIDECAR}" for _ in range(2))
        hashed = _Hashed(content)
        try:
            self.save(partial, hashed)
            self.save(sidecar, ContentFile(_sidecar(attributes, hashed.md5.digest())))
            # First, because without it a file that somebody reads at once would be of an unknown type.
            Path(self.path(sidecar)).replace(self.path(path + SIDECAR))
            Path(self.path(partial)).replace(self.path(path))
        except BaseException:
            for left in (partial, sidecar):
                with suppress(OSError):
                    Path(self.path(left)).unlink()
            raise

    def open(self, name: str, mode: str = "rb", *, part: Span | None = None) -> "File[Any]":
        file = super().open(name, mode)
        if part is not None:
            file.seek(part.start)
        return file

    def attributes(self, path: str) -> StoredFile:
        if path.endswith(SIDECAR):
            raise FileNotFoundError(errno.ENOENT, "sidecars are no files", path)
        file = self.path(path)
        # Not by pathlib: its objects cost more than the system calls, and a thumb asks three times.
        stat = os.stat(file)  # noqa: PTH116
        if not S_ISREG(stat.st_mode):
            raise FileNotFoundError(errno.ENOENT, "no file", path)
        known = _read_sidecar(file + SIDECAR)
        return StoredFile(stat.st_size, _modified(stat), known.content_type, known.original_name)

    def known_attributes(self, path: str) -> ObjectAttributes:
        """What the file's sidecar says, as far as there is a good one."""
        return _read_sidecar(self.path(path) + SIDECAR)

    @contextmanager
    def arriving(self, path: str, attributes: ObjectAttributes, modified: datetime | None) -> Iterator[Path]:
        """An empty file to be filled in the block; it and its sidecar appear in their places at its end.

        `modified` is when the file was, None for now. An error leaves everything as it was.
        """
        target = Path(self.path(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving, sidecar = (target.with_name(f".{token_hex(8)}{SIDECAR}") for _ in range(2))
        try:
            arriving.touch()
            yield arriving
            with arriving.open("rb") as content:
                md5 = hashlib.file_digest(content, lambda: hashlib.md5(usedforsecurity=False)).digest()
            sidecar.write_bytes(_sidecar(attributes, md5))
            if modified is not None:
                os.utime(arriving, (modified.timestamp(), modified.timestamp()))
            for file, place in ((sidecar, target.with_name(target.name + SIDECAR)), (arriving, target)):
                if self.file_permissions_mode is not None:
                    file.chmod(self.file_permissions_mode)
                file.replace(place)
        finally:
            arriving.unlink(missing_ok=True)
            sidecar.unlink(missing_ok=True)
            self._remove_empty(target.parent)

    def _remove_empty(self, folder: Path) -> None:
        """Remove the folder of a file if it was the last one in it; the storage's own stays."""
        if folder != Path(self.location):
            _remove_empty(folder)

    def delete(self, name: str) -> None:
        file = self.path(name)
        remove = removal(str(self.location))
        remove(file)
        remove(file + SIDECAR)
        self._remove_empty(Path(file).parent)

    def delete_prefix(self, prefix: str) -> None:
        # Most records have no files, and every delete asks: a safe path and a walk would be slow to find out.
        if not os.path.isdir(f"{self.location}/{prefix}"):  # noqa: PTH112
            return
        _clear(Path(self.path(prefix)), removal(str(self.location)))

    def list(self, prefix: str) -> Iterator[str]:
        place, slash, beginning = prefix.rpartition("/")
        for folder, names in self._folders(place + slash):
            for name in names:
                if not name.endswith(SIDECAR):
                    path = self._path_in(folder, name)
                    if not beginning or path.startswith(prefix):
                        yield path

    def left_behind(self) -> Iterator[tuple[str, StoredFile]]:
        """What a write or a removal that was broken off has left, as by a kill: sidecars without a file.

        The part of a file that was written so far is called like one, too. What is young may be under way.
        """
        for folder, names in self._folders(""):
            there = set(names)
            for name in names:
                if name.endswith(SIDECAR) and name.removesuffix(SIDECAR) not in there:
                    with suppress(FileNotFoundError):
                        stat = Path(folder, name).stat()
                        stored = StoredFile(stat.st_size, _modified(stat), UNKNOWN_TYPE)
                        yield self._path_in(folder, name), stored

    def _folders(self, prefix: str) -> Iterator[tuple[str, "builtins.list[str]"]]:
        """The folders below, and the names of what is in each; what is kept for a backup is in none."""
        for folder, folders, names in os.walk(self.path(prefix)):
            if folder == self.location:
                folders[:] = (name for name in folders if not name.startswith(KEPT))
            yield folder, sorted(names)

    def _path_in(self, folder: str, name: str) -> str:
        return Path(folder, name).relative_to(self.location).as_posix()


class _Hashed(File):  # type: ignore[type-arg]  # it is generic in the stubs alone
    """A content whose MD5 is known when it has been read by `chunks`."""

    def __init__(self, content: "File[bytes]") -> None:
        super().__init__(content.file)
        self._content = content
        self.md5 = hashlib.md5(usedforsecurity=False)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        for chunk in self._content.chunks(_CHUNK_BYTES):
            self.md5.update(chunk)
            yield chunk


def _modified(stat: os.stat_result) -> datetime:
    # Not of `st_mtime`, whose last digits are rounded: up to the next second, too.
    return EPOCH + timedelta(microseconds=stat.st_mtime_ns // 1000)


def _clear(folder: Path, remove: Callable[[str], None]) -> None:
    """Remove what is in a folder: the files, by `remove`, and then the folders that are there by now.

    Who has stored a thumb looks for its file afterwards: so one of the two sees what the other one did.
    """
    for entry in _entries(folder):
        if not entry.is_dir(follow_symlinks=False):
            remove(entry.path)
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            _clear(Path(entry.path), remove)
    _remove_empty(folder)


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _remove_empty(folder: Path) -> None:
    """Remove a folder unless it is gone, or holds files: an upload may come in between at any time.

    The record's goes with that of its last thumbs.
    """
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ENOTEMPTY}:
            raise
    else:
        if folder.name.startswith(THUMBS):
            _remove_empty(folder.parent)


def _read_sidecar(sidecar: str) -> ObjectAttributes:
    try:
        # Not by a file object, which asks four questions before it reads; a thumb reads three of these.
        descriptor = os.open(sidecar, os.O_RDONLY)
        try:
            members = json.loads(os.read(descriptor, _MOST_SIDECAR_BYTES))
        finally:
            os.close(descriptor)
        metadata = members.get("user.metadata") or {}
        return ObjectAttributes(
            content_type=str(members.get("user.content_type") or UNKNOWN_TYPE),
            metadata={str(name): str(text) for name, text in metadata.items()},
            **{name: str(members.get(f"user.{name}") or "") for name in _SAID},
        )
    except (OSError, ValueError, AttributeError):
        return ObjectAttributes()


def _sidecar(attributes: ObjectAttributes, md5: bytes) -> bytes:
    members = {
        **{f"user.{name}": getattr(attributes, name) for name in _SAID},
        "user.content_type": attributes.content_type,
        "user.metadata": dict(attributes.metadata) or None,
        "md5": base64.b64encode(md5).decode(),
    }
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode(errors="replace") + b"\n"

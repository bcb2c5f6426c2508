"""Where backups are: in `backups/` of the data directory, or in the bucket that the settings name.

A backup is a file at the root of its place; its name is its key.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File

from collections_app.records.storage import FileAttributes, RecordStorage
from files_app.filesystem import Filesystem
from files_app.local_storage import SIDECAR, LocalRecordStorage
from files_app.object_attributes import ObjectAttributes, attributes_of
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import S3Settings
from system_app.backups.temporary import temporary_folder

if TYPE_CHECKING:
    from files_app.s3_storage import S3RecordStorage

ZIP = "application/zip"


@dataclass(frozen=True)
class Backup:
    """One backup; `modified` is in UTC."""

    key: str
    size_bytes: int
    modified: datetime


class Place(ABC):
    """Raises OSError when the place fails, FileNotFoundError for a key that there is not."""

    storage: RecordStorage
    # Whether to ask it is to wait for the network.
    is_remote = False

    @abstractmethod
    def list(self) -> Iterator[Backup]: ...

    @abstractmethod
    def arriving(self, key: str) -> AbstractContextManager[Path]:
        """An empty file to be filled in the block; at its end it is the backup `key`, in place of another.

        An error leaves everything as it was.
        """

    @abstractmethod
    def at_hand(self, key: str) -> AbstractContextManager[Path]:
        """The backup as a file on this machine."""

    @contextmanager
    def asked_for(self, key: str) -> Iterator[None]:
        """Around questions to the storage: what cannot be a backup's key is that of none."""
        self._check(key)
        try:
            yield
        except (SuspiciousFileOperation, ValueError) as error:
            raise FileNotFoundError(f"no backup {key!r}") from error

    def attributes(self, key: str) -> Backup:
        with self.asked_for(key):
            stored = self.storage.attributes(key)
        return Backup(key, stored.size_bytes, stored.modified)

    def exists(self, key: str) -> bool:
        try:
            self.attributes(key)
        except FileNotFoundError:
            return False
        return True

    def delete(self, key: str) -> None:
        self.attributes(key)
        self.storage.delete(key)

    def store(self, key: str, content: "IO[bytes] | File[bytes]") -> None:
        """Store an upload."""
        self._check(key)
        file = content if isinstance(content, File) else File(content)
        self.storage.store(key, file, FileAttributes(ZIP, key))

    def _check(self, key: str) -> None:
        if "/" in key:
            raise FileNotFoundError(f"no backup {key!r}")
        if key.endswith(SIDECAR):
            raise OSError(f"no name of a backup: {key!r}")


class LocalPlace(Place):
    """The folder `backups/`; it may be a volume of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.storage = self._local = LocalRecordStorage(location=folder, file_permissions_mode=0o600)

    def list(self) -> Iterator[Backup]:
        with suppress(FileNotFoundError):
            for path in sorted(self._folder.iterdir()):
                if path.is_file() and not path.name.endswith(SIDECAR):
                    status = path.stat()
                    yield Backup(path.name, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    @contextmanager
    def arriving(self, key: str) -> Iterator[Path]:
        with self._local.arriving(key, _attributes(key), modified=None) as path:
            yield path

    @contextmanager
    def at_hand(self, key: str) -> Iterator[Path]:
        self.attributes(key)
        yield self._folder / key


class BucketPlace(Place):
    """The root of a bucket. What a backup is made of waits on this machine meanwhile."""

    is_remote = True

    def __init__(self, bucket: "S3RecordStorage") -> None:
        self.storage = self._bucket = bucket

    def list(self) -> Iterator[Backup]:
        for key, size_bytes, modified in self._bucket.files_at_root():
            yield Backup(key, size_bytes, modified)

    @contextmanager
    def arriving(self, key: str) -> Iterator[Path]:
        with NamedTemporaryFile(dir=temporary_folder(), prefix="backup_") as file:
            path = Path(file.name)
            yield path
            with path.open("rb") as content:
                self.store(key, content)

    @contextmanager
    def at_hand(self, key: str) -> Iterator[Path]:
        self.attributes(key)
        with NamedTemporaryFile(dir=temporary_folder(), prefix="backup_") as file:
            with self.storage.open(key) as content:
                for chunk in File(content).chunks():
                    file.write(chunk)
            file.flush()
            yield Path(file.name)


def backup_place() -> Place:
    """Where the settings say now that backups are. Raises OSError for a bucket that cannot be had."""
    s3 = current().backups_s3
    if not s3.enabled:
        return LocalPlace(Path(settings.JOEY_BACKUPS_DIR))
    return _bucket_place(s3)


@lru_cache(maxsize=1)
def _bucket_place(s3: S3Settings) -> BucketPlace:
    # Kept, as a client of S3 takes 80 ms of a processor to make, and has connections.
    # Imported late: most installations have no bucket, and it takes a while to load.
    from files_app.s3_storage import S3RecordStorage

    return BucketPlace(S3RecordStorage(s3))


def backups_filesystem() -> Filesystem:
    """The same for code of one's own; the paths are the names of backups."""
    return Filesystem(backup_place().storage)


def _attributes(key: str) -> ObjectAttributes:
    return attributes_of(FileAttributes(ZIP, key))

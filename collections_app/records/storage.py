"""RecordStorage: what is asked of the place that keeps the files of records.

Django's `records` storage has to be one. Paths are `{collection id}/{record id}/{name}`, thumbs of a file lie
under `thumbs_{name}/` beside it (contract/files.md). Nothing asks about folders: an object store has none.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import IO, Any, Protocol, runtime_checkable

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.core.files.storage import storages

from platform_app.requests.file_answers import Span
from platform_app.wire.errors import Invalid

ALIAS = "records"
THUMBS = "thumbs_"  # begins the name of a folder of thumbs, the file's name ends it


@dataclass(frozen=True)
class FileAttributes:
    """What is kept beside a file's content."""

    content_type: str
    original_name: str


@dataclass(frozen=True)
class StoredFile:
    """What is known of a stored file without reading it; `modified` is in UTC."""

    size_bytes: int
    modified: datetime
    content_type: str
    original_name: str = ""


class NameRefused(Invalid):
    """A file whose name the storage has another use for. The record is refused, none of its fields named."""

    def __init__(self, reason: str) -> None:
        super().__init__({})
        self.args = (reason,)


@runtime_checkable
class RecordStorage(Protocol):
    """Raises OSError when the place fails."""

    def store(self, path: str, content: "File[bytes]", attributes: FileAttributes) -> None:
        """Raises NameRefused, before anything is written."""
        ...

    def open(self, path: str, *, part: Span | None = None) -> IO[Any]:
        """The content of a file, from any place of it. Raises FileNotFoundError.

        Whoever is going to read one part alone names it, where another server would send more; the reader
        begins there. The part is not empty, and lies within the file.
        """
        ...

    def attributes(self, path: str) -> StoredFile:
        """Raises FileNotFoundError."""
        ...

    def delete(self, path: str) -> None:
        """Let a file go; one that is not there is gone already."""
        ...

    def delete_prefix(self, prefix: str) -> None:
        """Let all files go whose paths begin with `prefix`, which ends with a slash."""
        ...

    def list(self, prefix: str) -> Iterator[str]:
        """The paths of all files that begin with `prefix`, which need not end with a slash."""
        ...


@dataclass(frozen=True)
class UnfinishedUpload:
    """Parts of a file that take room and that nobody can read; `begun` is in UTC."""

    path: str
    upload_id: str
    begun: datetime


class BucketStorage(RecordStorage, Protocol):
    """A RecordStorage on another server, where each question is a request."""

    def open_known(self, path: str, wanted: str = "") -> tuple[StoredFile, IO[Any] | None]:
        """What is known of a file, and its content, in one request. Raises FileNotFoundError.

        The reader begins at the part that is `wanted`, a Range header of one part such as "bytes=5-" or
        "bytes=-5"; it is None when the file has no such part.
        """
        ...

    def unfinished_uploads(self) -> Iterator[UnfinishedUpload]:
        """What uploads have left that were broken off; others are at work on theirs."""
        ...

    def give_up(self, upload: UnfinishedUpload) -> None: ...


class ChoosingStorage(ABC):
    """Stands where a RecordStorage is configured, and says at any time which one counts."""

    @property
    @abstractmethod
    def is_remote(self) -> bool:
        """Whether the one that counts waits for the network; asked on the event loop's thread too."""

    @abstractmethod
    def chosen(self) -> RecordStorage:
        """The one that counts now. Who does several things with it asks once."""


def record_storage() -> RecordStorage:
    """The storage that counts now.

    Raises ImproperlyConfigured when it cannot keep records' files, and OSError when it cannot be had.
    """
    configured: Any = storages[ALIAS]
    storage: RecordStorage = configured.chosen() if isinstance(configured, ChoosingStorage) else configured
    if not _is_record_storage(type(storage)):
        raise ImproperlyConfigured(
            f"STORAGES[{ALIAS!r}] has to be a RecordStorage, not {type(storage).__name__}"
        )
    return storage


def files_are_remote() -> bool:
    """Whether to ask for a file is to wait for the network, as the storage says by `is_remote`."""
    return bool(getattr(storages[ALIAS], "is_remote", False))


def is_stored(storage: RecordStorage, path: str) -> bool:
    """Raises what the storage raises when it cannot be asked."""
    try:
        storage.attributes(path)
    except FileNotFoundError:
        return False
    return True


def thumbs_folder(path: str) -> str:
    """Below which the thumbs of a file are.

    >>> thumbs_folder("c1/r1/a.png")
    'c1/r1/thumbs_a.png/'
    """
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{THUMBS}{name}/"


@cache
def _is_record_storage(kind: type) -> bool:
    # To look at every member of a Protocol is too slow to do for every write.
    return issubclass(kind, RecordStorage)

"""The place of the records' files, for code of one's own: the same on the local disk and in a bucket.

    from files_app.filesystem import filesystem

    files = filesystem()
    files.upload("reports/january.pdf", made_pdf, original_name="January.pdf")
    with files.open("reports/january.pdf") as content:
        ...

Paths are those of records' files, `{collection id}/{record id}/{name}`, or others: in the folders of
collections, `files orphans` takes what no row names for left behind. Records do not notice what is done here:
to give a record a file, set its field. What waits for a bucket waits here, too: a
request that does this belongs into the lane `waiting` (docs/explanation/lanes.md).
Reference: contract/hooks.md 6 (Filesystem); tools/filesystem/filesystem.go, PocketBase v0.39.11.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, TypeAlias

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File
from django.http import HttpRequest, HttpResponseBase
from django.http.response import ResponseHeaders

from collections_app.fields.file_names import PendingFile
from collections_app.records.storage import (
    FileAttributes,
    RecordStorage,
    StoredFile,
    record_storage,
    thumbs_folder,
)
from files_app.downloading import download
from files_app.local_storage import LocalRecordStorage
from files_app.serving import file_answer, wish_of
from files_app.thumbs import thumb_of
from platform_app.requests.body import query_values
from platform_app.runtime_settings.shape import S3Settings
from platform_app.wire.mime.content_types import content_type_of
from platform_app.wire.mime.types import SNIFFED_BYTES

# A file as it comes: its bytes, an open file, an upload of a form, or one on its way to a record.
Source: TypeAlias = "bytes | IO[bytes] | File[bytes] | PendingFile"


def filesystem() -> "Filesystem":
    """Where the settings say now that the files of records are."""
    return Filesystem(record_storage())


def local_filesystem(folder: str | Path) -> "Filesystem":
    """A folder of this machine, made when something is stored in it; what is stored is the server's alone."""
    return Filesystem(LocalRecordStorage(location=folder, file_permissions_mode=0o600))


def s3_filesystem(
    bucket: str,
    *,
    endpoint: str,
    region: str,
    access_key: str,
    secret: str,
    force_path_style: bool = False,
) -> "Filesystem":
    """A bucket. It takes a while to make, and may be kept and used by all threads.

    Raises OSError for an endpoint that is no address.
    """
    # Imported late: most installations have no bucket, and it takes a while to load.
    from files_app.s3_storage import S3RecordStorage

    return Filesystem(
        S3RecordStorage(
            S3Settings(
                enabled=True,
                bucket=bucket,
                region=region,
                endpoint=endpoint,
                access_key=access_key,
                secret=secret,
                is_path_style=force_path_style,
            )
        )
    )


@dataclass(frozen=True)
class Filesystem:
    """What code may do with stored files. Every method raises OSError when the place fails."""

    storage: RecordStorage

    def open(self, path: str) -> IO[Any]:
        """The content, from any place of it. Raises FileNotFoundError."""
        with _no_file_elsewhere(path):
            return self.storage.open(path)

    def exists(self, path: str) -> bool:
        with suppress(FileNotFoundError):
            self.attributes(path)
            return True
        return False

    def attributes(self, path: str) -> StoredFile:
        """Size, time, type and original name. Raises FileNotFoundError."""
        with _no_file_elsewhere(path):
            return self.storage.attributes(path)

    def list(self, prefix: str) -> Iterator[str]:
        """The paths of all files that begin with `prefix`: a folder's, "reports/", or any, "reports/jan"."""
        return self.storage.list(prefix)

    def upload(self, path: str, source: Source, *, original_name: str = "") -> None:
        """Store a file, in the place of one that is there; its type is read in its content.

        An open file is read from its beginning, and more than once. Raises NameRefused for a path that has
        another use.
        """
        with _opened(source) as content:
            kind = content_type_of(content.read(SNIFFED_BYTES))
            content.seek(0)
            name = original_name or getattr(source, "original_name", None) or path.rpartition("/")[2]
            self._store(path, content, FileAttributes(kind, name))

    def upload_from_url(self, path: str, url: str, *, most_bytes: int, seconds: float) -> None:
        """Store what is at a public http or https URL. Raises DownloadFailed."""
        self.upload(path, download(url, most_bytes=most_bytes, seconds=seconds))

    def copy(self, source: str, target: str) -> None:
        """Store a file once more, in the place of one that is there. Raises FileNotFoundError."""
        known = self.attributes(source)
        with self.open(source) as content:
            self._store(target, content, FileAttributes(known.content_type, known.original_name))

    def pending(self, path: str, *, keeps_name: bool = False) -> PendingFile:
        """The file as one for a record, as when a record is copied; it has to stay until that is saved.

        It gets a name of its own, unless it `keeps_name`. Raises FileNotFoundError.
        """
        known = self.attributes(path)
        name = path.rpartition("/")[2]
        original_name = known.original_name or name

        def open_content() -> IO[bytes]:
            return self.open(path)

        if keeps_name:
            return PendingFile(name, original_name, known.size_bytes, open_content)
        return PendingFile.of(original_name, known.size_bytes, open_content)

    def delete(self, path: str) -> None:
        """Let a file go, and its thumbs; one that is not there is gone already."""
        self.storage.delete(path)
        self.storage.delete_prefix(thumbs_folder(path))

    def delete_prefix(self, prefix: str) -> None:
        """Let all files go whose paths begin with `prefix`. Raises ValueError for an empty one."""
        if not prefix:
            raise ValueError("an empty prefix is that of all files")
        if prefix.endswith("/"):
            self.storage.delete_prefix(prefix)
            return
        for path in list(self.list(prefix)):
            self.delete(path)

    def thumb(self, path: str, size: str) -> str:
        """The path of a thumb such as 100x100, made if there is none. Raises ThumbFailed."""
        return thumb_of(self.storage, path, size, self.storage.attributes(path))

    def _store(self, path: str, content: IO[bytes], attributes: FileAttributes) -> None:
        self.storage.store(path, File(content), attributes)
        self.storage.delete_prefix(thumbs_folder(path))  # of what was there before

    def serve(self, request: HttpRequest, path: str, name: str = "") -> HttpResponseBase:
        """The answer with a file, as records' files are served: ranges, caching, `?download=1`, sandbox.

        `name` is what a browser saves it as. Raises FileNotFoundError.
        """
        wish = wish_of(request, query_values(request))
        shown = name or path.rpartition("/")[2]
        with _no_file_elsewhere(path):
            return file_answer(self.storage, path, shown, wish=wish, headers=ResponseHeaders({}))


@contextmanager
def _no_file_elsewhere(path: str) -> Iterator[None]:
    """What leads out of the place, or neither a disk nor a bucket could have, is not there either."""
    if not path:
        raise FileNotFoundError(errno.ENOENT, "no file", path)
    try:
        yield
    except (SuspiciousFileOperation, ValueError, IsADirectoryError, NotADirectoryError) as error:
        raise FileNotFoundError(errno.ENOENT, "no file", path) from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise FileNotFoundError(errno.ENOENT, "no file", path) from error


@contextmanager
def _opened(source: Source) -> Iterator[IO[bytes]]:
    """A reader at the beginning of the content; what the caller opened stays open."""
    if isinstance(source, bytes):
        yield BytesIO(source)
    elif isinstance(source, PendingFile):
        with source.open() as content:
            yield content
    else:
        source.seek(0)
        yield source

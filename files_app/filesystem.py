"""The place of the records' files, for code of one's own: the same on the local disk and in a bucket.

    from files_app.filesystem import filesystem

    files = filesystem()
    files.upload("pbc_123/abc/report.pdf", made_pdf, original_name="Report.pdf")
    with files.open("pbc_123/abc/report.pdf") as content:
        ...

Paths are those of records' files, `{collection id}/{record id}/{name}`, or others beside them. Records do not
notice what is done here: to give a record a file, set its field. What waits for a bucket waits here, too: a
request that does this belongs into the lane `waiting` (docs/explanation/lanes.md).
Reference: contract/hooks.md 6 (Filesystem); tools/filesystem/filesystem.go, PocketBase v0.39.11.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any, TypeAlias

from django.core.files.base import File
from django.http import HttpRequest, HttpResponseBase
from django.http.response import ResponseHeaders

from collections_app.fields.file_names import PendingFile
from collections_app.records.storage import (
    FileAttributes,
    RecordStorage,
    StoredFile,
    is_stored,
    record_storage,
    thumbs_folder,
)
from files_app.downloading import download
from files_app.preconditions import conditions_of
from files_app.serving import Wish, file_answer
from files_app.thumbs import thumb_of
from platform_app.wire.mime.content_types import content_type_of
from platform_app.wire.mime.types import SNIFFED_BYTES

# A file as it comes: its bytes, an open file, an upload of a form, or one on its way to a record.
Source: TypeAlias = "bytes | IO[bytes] | File[bytes] | PendingFile"


def filesystem() -> "Filesystem":
    """Where the settings say now that the files of records are."""
    return Filesystem(record_storage())


@dataclass(frozen=True)
class Filesystem:
    """What code may do with stored files. Every method raises OSError when the place fails."""

    storage: RecordStorage

    def open(self, path: str) -> IO[Any]:
        """The content, from any place of it. Raises FileNotFoundError."""
        return self.storage.open(path)

    def exists(self, path: str) -> bool:
        return is_stored(self.storage, path)

    def attributes(self, path: str) -> StoredFile:
        """Size, time, type and original name. Raises FileNotFoundError."""
        return self.storage.attributes(path)

    def list(self, prefix: str) -> Iterator[str]:
        """The paths of all files that begin with `prefix`, which ends with a slash."""
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
        known = self.storage.attributes(source)
        with self.storage.open(source) as content:
            self._store(target, content, FileAttributes(known.content_type, known.original_name))

    def delete(self, path: str) -> None:
        """Let a file go; one that is not there is gone already."""
        self.storage.delete(path)

    def delete_prefix(self, prefix: str) -> None:
        """Let all files go whose paths begin with `prefix`, which ends with a slash."""
        self.storage.delete_prefix(prefix)

    def thumb(self, path: str, size: str) -> str:
        """The path of a thumb such as 100x100, made if there is none. Raises ThumbFailed."""
        return thumb_of(self.storage, path, size, self.storage.attributes(path))

    def _store(self, path: str, content: IO[bytes], attributes: FileAttributes) -> None:
        self.storage.store(path, File(content), attributes)
        self.storage.delete_prefix(thumbs_folder(path))  # of what was there before

    def serve(self, request: HttpRequest, path: str, name: str = "") -> HttpResponseBase:
        """The answer with a file, as records' files are served: ranges, caching, sandbox.

        `name` is what a browser saves it as. Raises FileNotFoundError.
        """
        wish = Wish(is_head=request.method == "HEAD", conditions=conditions_of(request))
        shown = name or path.rpartition("/")[2]
        return file_answer(self.storage, path, shown, wish=wish, headers=ResponseHeaders({}))


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

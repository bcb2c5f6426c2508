"""S3RecordStorage: the files of records in a bucket, under the keys and with the metadata of PocketBase.

Reference: contract/files.md 5; tools/filesystem/internal/s3blob, PocketBase v0.39.11.
"""

import base64
import builtins
import hashlib
import io
import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain, islice
from math import ceil
from typing import IO, Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from collections_app.records.storage import FileAttributes, StoredFile, UnfinishedUpload
from files_app.object_attributes import UNKNOWN_TYPE, ObjectAttributes, attributes_of
from files_app.s3_errors import NoSuchPart, S3Unreachable, as_os_error, require
from files_app.s3_names import escaped_metadata, key_of, keys_of, path_of, unescaped_metadata
from files_app.s3_reader import ObjectContent, ObjectReader
from files_app.s3_transport import S3Transport
from platform_app.requests.file_answers import Span
from platform_app.runtime_settings.shape import S3Settings

Found = TypeVar("Found")

# An upload holds one part in memory. A file of one part is one request; of 80 GB and more parts are larger.
PART_BYTES = 8 * 1024 * 1024
MOST_PARTS = 10_000
_READ_BYTES = 128 * 1024
_ATTEMPTS = 2
# How often what is to be deleted is listed at most, by services that still list what is gone.
_ROUNDS = 3
# How many paths are held meanwhile, and how many objects are deleted at the same time.
_MOST_LISTED = 1000
_DELETED_TOGETHER = 8

logger = logging.getLogger(__name__)

_HEADERS = {
    "cache_control": "CacheControl",
    "content_disposition": "ContentDisposition",
    "content_encoding": "ContentEncoding",
    "content_language": "ContentLanguage",
}


class S3RecordStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """A BucketStorage; the rest of Django's storage API is django-storages'.

    Every call waits for the network: a few requests, each of which ends in time (`s3_transport`).
    Raises OSError for an endpoint that is no address.
    """

    is_remote = True

    def __init__(self, s3: S3Settings) -> None:
        self._transport = S3Transport()
        super().__init__(
            access_key=s3.access_key,
            secret_key=s3.secret,
            security_token=None,
            session_profile=None,
            bucket_name=s3.bucket,
            region_name=s3.region,
            endpoint_url=_address_of(s3.endpoint),
            location="",
            file_overwrite=True,
            gzip=False,
            client_config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if s3.is_path_style else "virtual"},
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                # Services other than Amazon's do not know all checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        try:
            # One for all threads, unlike `connection`: a client is safe to share, and slow to make.
            self._client = self.connection.meta.client
        except (ValueError, BotoCoreError) as error:
            raise S3Unreachable("", str(error)) from error

    def _create_session(self) -> boto3.Session:
        # The settings say it all: nothing that the environment has to say to other programs counts.
        nothing = (None, None, os.devnull, None)
        core = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": nothing,
                "credentials_file": nothing,
            }
        )
        session = boto3.Session(self.access_key, self.secret_key, botocore_session=core)
        self._transport.serve(session.events)
        return session

    # --- what RecordStorage asks for --------------------------------------------------------------------

    def store(self, path: str, content: "File[bytes]", attributes: FileAttributes) -> None:
        self.put(path, content, attributes_of(attributes))

    def open(self, name: str, mode: str = "rb", *, part: Span | None = None) -> IO[Any]:
        if mode != "rb":
            raise ValueError("objects are only read here, as bytes")
        if part is None:
            return _content_of(self._reader(name))
        reader = self._reader(name, f"bytes={part.start}-{part.start + part.length - 1}")
        if reader.tell() != part.start:
            reader.close()
            raise NoSuchPart(name, "the server does not know ranges")
        return ObjectContent(reader, _READ_BYTES)

    def open_known(self, path: str, wanted: str = "") -> tuple[StoredFile, IO[Any] | None]:
        try:
            reader = self._reader(path, wanted)
        except NoSuchPart:
            return self.attributes(path), None
        try:
            stored = _stored_file(reader.answer, reader.size_bytes, path)
            return stored, ObjectContent(reader, _READ_BYTES) if wanted else _content_of(reader)
        except BaseException:
            reader.close()
            raise

    def _reader(self, path: str, wanted: str = "") -> ObjectReader:
        return _at_any_key(path, lambda key: ObjectReader(self._client, self.bucket_name, key, path, wanted))

    def attributes(self, path: str) -> StoredFile:
        head = self.head(path)
        return _stored_file(head, head["ContentLength"], path)

    def delete(self, name: str) -> None:
        with _failing(name):
            for key in keys_of(name):
                self._client.delete_object(Bucket=self.bucket_name, Key=key)

    def delete_prefix(self, prefix: str) -> None:
        # Again, for a thumb that was stored meanwhile: who made it still saw its file.
        for _ in range(_ROUNDS):
            listed = self.list(prefix)
            paths = list(islice(listed, _MOST_LISTED))
            if not paths:
                return
            while paths:
                self._delete_all(paths)
                paths = list(islice(listed, _MOST_LISTED))

    def _delete_all(self, paths: "builtins.list[str]") -> None:
        """One by one, since not every service can delete several objects at once; of many, some at a time."""
        if len(paths) <= _DELETED_TOGETHER:
            for path in paths:
                self.delete(path)
            return
        with ThreadPoolExecutor(_DELETED_TOGETHER) as threads:
            for _ in threads.map(self.delete, paths):
                pass

    def list(self, prefix: str) -> Iterator[str]:
        if not prefix.strip("/") and prefix:
            raise ValueError(f"no prefix: {prefix!r}")
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket_name, Prefix=key_of(prefix)
        )
        with _failing(prefix):
            for page in pages:
                for found in page.get("Contents", ()):
                    if not found["Key"].endswith("/"):  # some services keep folders as empty objects
                        yield path_of(found["Key"])

    def files_at_root(self) -> Iterator[tuple[str, int, datetime]]:
        """`(path, size in bytes, when it was modified)` of all files whose paths have no slash."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Delimiter="/")
        with _failing(""):
            for page in pages:
                for found in page.get("Contents", ()):
                    size, modified = (require(found, key, found["Key"]) for key in ("Size", "LastModified"))
                    yield path_of(found["Key"]), size, modified

    # --- whole objects ----------------------------------------------------------------------------------

    def head(self, path: str) -> dict[str, Any]:
        """What S3 knows of an object, by the names of botocore. Raises FileNotFoundError."""

        def ask(key: str) -> dict[str, Any]:
            with _failing(path):
                head: dict[str, Any] = self._client.head_object(Bucket=self.bucket_name, Key=key)
            return head

        head = _at_any_key(path, ask)
        require(head, "ContentLength", path)
        require(head, "LastModified", path)
        return head

    def put(self, path: str, content: "File[bytes]", attributes: ObjectAttributes) -> None:
        """Store an object with all its attributes. The server compares what it gets with a hash of it."""
        target = {"Bucket": self.bucket_name, "Key": key_of(path)}
        parts = _parts_of(content)
        first = next(parts, b"")
        with _failing(path):
            if len(first) < PART_BYTES:
                answer = self._client.put_object(**target, **_parameters(attributes), **_body(first))
                require(answer, "ETag", path)
            else:
                self._put_parts(target, chain([first], parts), attributes)

    def _put_parts(
        self, target: dict[str, str], contents: Iterator[bytes], attributes: ObjectAttributes
    ) -> None:
        upload = self._client.create_multipart_upload(**target, **_parameters(attributes))
        target = {**target, "UploadId": require(upload, "UploadId", target["Key"])}
        try:
            parts: list[dict[str, Any]] = []
            for number, part in enumerate(contents, 1):
                answer = self._client.upload_part(**target, PartNumber=number, **_body(part))
                parts.append({"ETag": require(answer, "ETag", target["Key"]), "PartNumber": number})
            answer = self._client.complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
            require(answer, "ETag", target["Key"])
        except BaseException:
            # What was uploaded takes room until somebody says that it is not wanted.
            try:
                self._client.abort_multipart_upload(**target)
            except (BotoCoreError, ClientError) as error:
                logger.warning("an upload to %s stays unfinished: %s", target["Key"], error)
            raise

    def unfinished_uploads(self) -> Iterator[UnfinishedUpload]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket_name)
        with _failing(""):
            for page in pages:
                for found in page.get("Uploads", ()):
                    key, upload_id, begun = (
                        require(found, name, "") for name in ("Key", "UploadId", "Initiated")
                    )
                    yield UnfinishedUpload(path_of(key), upload_id, begun)

    def give_up(self, upload: UnfinishedUpload) -> None:
        with _failing(upload.path):
            self._client.abort_multipart_upload(
                Bucket=self.bucket_name, Key=key_of(upload.path), UploadId=upload.upload_id
            )


def _address_of(endpoint: str) -> str:
    address = endpoint.rstrip("/")
    return address if "://" in address else f"https://{address}"


def known_attributes(head: dict[str, Any]) -> ObjectAttributes:
    """What the answer about an object says of it."""
    return ObjectAttributes(
        content_type=head.get("ContentType") or UNKNOWN_TYPE,
        metadata={
            unescaped_metadata(name): unescaped_metadata(text)
            for name, text in head.get("Metadata", {}).items()
        },
        **{ours: head.get(theirs, "") for ours, theirs in _HEADERS.items()},
    )


def _at_any_key(path: str, ask: Callable[[str], Found]) -> Found:
    """What is found under one of the keys that a path has. Raises FileNotFoundError."""
    *likely, last = keys_of(path)
    for key in likely:
        with suppress(FileNotFoundError):
            return ask(key)
    return ask(last)


def _stored_file(answer: dict[str, Any], size_bytes: int, path: str) -> StoredFile:
    known = known_attributes(answer)
    modified = require(answer, "LastModified", path)
    return StoredFile(size_bytes, modified, known.content_type, known.original_name)


def _content_of(reader: ObjectReader) -> IO[Any]:
    """The content of an object from its beginning: a small one is read at once, so that its connection is
    free, and whoever goes back and forth in it asks for it once. Raises OSError."""
    buffered = ObjectContent(reader, _READ_BYTES)
    if reader.size_bytes > _READ_BYTES:
        return buffered
    with buffered:
        return io.BytesIO(buffered.read())


@contextmanager
def _failing(path: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, ValueError) as error:
        # A ValueError is what botocore makes of an answer with a date that is none.
        raise as_os_error(error, path) from error


def part_bytes_of(size_bytes: int) -> int:
    """In parts of which size a file is uploaded.

    >>> part_bytes_of(5), part_bytes_of(10**12)
    (8388608, 100000000)
    """
    return max(PART_BYTES, ceil(size_bytes / MOST_PARTS))


def _parts_of(content: "File[bytes]") -> Iterator[bytes]:
    """The content, part by part; one at a time is in memory."""
    try:
        size_bytes = content.size
    except AttributeError:  # nobody knows
        size_bytes = 0
    content.seek(0)
    while part := _part_of(content, part_bytes_of(size_bytes)):
        yield part


def _part_of(content: "File[bytes]", part_bytes: int) -> bytes:
    """The next part of the content; shorter, or empty, at its end."""
    chunks, missing = [], part_bytes
    while missing and (chunk := content.read(missing)):
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def _body(content: bytes) -> dict[str, Any]:
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return {"Body": content, "ContentMD5": base64.b64encode(digest).decode()}


def _parameters(attributes: ObjectAttributes) -> dict[str, Any]:
    """The attributes as botocore's parameters; what was not said stays unsaid."""
    said = {theirs: getattr(attributes, ours) for ours, theirs in _HEADERS.items()}
    return {
        "ContentType": attributes.content_type,
        "Metadata": {
            escaped_metadata(name): escaped_metadata(text) for name, text in attributes.metadata.items()
        },
        **{name: text for name, text in said.items() if text},
    }

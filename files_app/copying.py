"""Copies the files of records from the folder to a bucket or back, and lets the source be.

A file counts as copied when size and MD5 agree on both sides, whoever copied it: so a copy that was broken
off is taken up again, and a second one only looks. Beside the content go the sidecar or the metadata.
"""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import ceil
from typing import Any, Literal, get_args

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import File

from files_app.local_storage import SIDECAR, LocalRecordStorage
from files_app.s3_storage import PART_BYTES, S3RecordStorage, known_attributes, part_bytes_of

Direction = Literal["s3", "local"]
Outcome = Literal["copied", "there", "different", "gone", "failed"]

_THREADS = 8
_READ_BYTES = 1024 * 1024
# With which an object may have been uploaded in parts: by us, and by PocketBase now and before 0.23.
_PART_SIZES = (PART_BYTES, 6 * 1024 * 1024, 5 * 1024 * 1024)


@dataclass
class Copied:
    """How many files came to what, and the paths of those that are not at the target as they should be."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(get_args(Outcome), 0))
    different: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def copy_files(
    local: LocalRecordStorage,
    s3: S3RecordStorage,
    to: Direction,
    *,
    overwrite: bool = False,
    progress: Callable[[], object] = lambda: None,
) -> Copied:
    """Copy all files; what is at the target with another content stays, unless `overwrite` says otherwise.

    `progress` is called after each file. Raises OSError when the source cannot be listed.
    """
    copied = Copied()
    paths = (local if to == "s3" else s3).list("")
    copy = partial(_copy, local, s3, to, overwrite=overwrite)
    with ThreadPoolExecutor(_THREADS) as threads:
        running: dict[Future[Outcome], str] = {}
        while True:
            # As many as are worked on, so that a list of any length fits.
            for path in islice(paths, 2 * _THREADS - len(running)):
                running[threads.submit(copy, path)] = path
            if not running:
                return copied
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                _note(copied, running.pop(done), done)
                progress()


def _note(copied: Copied, path: str, done: Future[Outcome]) -> None:
    try:
        outcome = done.result()
    except (OSError, SuspiciousFileOperation) as error:  # the latter for a key that leads out of the folder
        outcome = "failed"
        copied.failed.append((path, str(error)))
    copied.counts[outcome] += 1
    if outcome == "different":
        copied.different.append(path)


def _copy(
    local: LocalRecordStorage, s3: S3RecordStorage, to: Direction, path: str, *, overwrite: bool
) -> Outcome:
    """Copy one file. Raises OSError, also when what arrives is not what left."""
    if path.endswith(SIDECAR):
        raise OSError("names of sidecars are not those of files")
    is_there = local.exists(path) if to == "local" else _head(s3, path) is not None
    if is_there:
        if _is_same(local, s3, path):
            return "there"
        if not overwrite:
            return "different"
    try:
        if to == "s3":
            _upload(local, s3, path)
        else:
            _download(local, s3, path)
    except FileNotFoundError:
        return "gone"  # somebody deleted it since it was listed
    return "copied"


def _upload(local: LocalRecordStorage, s3: S3RecordStorage, path: str) -> None:
    with local.open(path) as content:
        s3.put(path, content, local.known_attributes(path))
    if not _is_same(local, s3, path):
        # It would count as another content that stays, when this is run again.
        s3.delete(path)
        raise OSError("the object is not what was uploaded, or the file has changed meanwhile")


def _download(local: LocalRecordStorage, s3: S3RecordStorage, path: str) -> None:
    head = s3.head(path)
    with local.arriving(path, known_attributes(head), head["LastModified"]) as arriving:
        with s3.open(path) as source, arriving.open("wb") as target:
            while chunk := source.read(_READ_BYTES):
                target.write(chunk)
        with arriving.open("rb") as content:
            is_whole = arriving.stat().st_size == head["ContentLength"]
            if not (is_whole and _has_hash(File(content), head, s3, path)):
                raise OSError("the file is not what the bucket has")


def _head(s3: S3RecordStorage, path: str) -> dict[str, Any] | None:
    try:
        return s3.head(path)
    except FileNotFoundError:
        return None


def _is_same(local: LocalRecordStorage, s3: S3RecordStorage, path: str) -> bool:
    head = _head(s3, path)
    if head is None or not local.exists(path) or local.size(path) != head["ContentLength"]:
        return False
    with local.open(path) as content:
        return _has_hash(content, head, s3, path)


def _has_hash(content: "File[bytes]", head: dict[str, Any], s3: S3RecordStorage, path: str) -> bool:
    """Whether the content is the object's, by the object's tag if that is an MD5, else by its content."""
    tag = head.get("ETag", "").strip('"')
    size: int = head["ContentLength"]
    digest, _, parts = tag.partition("-")
    if len(digest) == 32:
        if not parts and tag == _md5(_chunks(content, _READ_BYTES)).hexdigest():
            return True
        for part_bytes in {*_PART_SIZES, part_bytes_of(size)}:
            if parts == str(ceil(size / part_bytes)) and digest == _md5_of_parts(content, part_bytes):
                return True
    # A tag that is no MD5 of ours, as that of encrypted objects.
    with s3.open(path) as remote:
        theirs = _md5(_chunks(File(remote), _READ_BYTES)).digest()
    ours = _md5(_chunks(content, _READ_BYTES)).digest()
    return bool(theirs == ours)


def _md5(chunks: Iterator[bytes]) -> Any:
    digest = hashlib.md5(usedforsecurity=False)
    for chunk in chunks:
        digest.update(chunk)
    return digest


def _md5_of_parts(content: "File[bytes]", part_bytes: int) -> str:
    """What S3 makes of an upload in parts: the MD5 of their MD5s."""
    digests = (hashlib.md5(part, usedforsecurity=False).digest() for part in _chunks(content, part_bytes))
    digest: str = _md5(digests).hexdigest()
    return digest


def _chunks(content: "File[bytes]", size_bytes: int) -> Iterator[bytes]:
    content.seek(0)
    while chunk := content.read(size_bytes):
        yield chunk

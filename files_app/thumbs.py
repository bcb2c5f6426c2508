"""Thumbs of stored pictures: made when first asked for, once, and kept beside the file until that goes.

Reference: contract/files.md 3; apis/file.go (createThumb), PocketBase v0.39.11.
"""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.files.base import ContentFile

from collections_app.fields.file_field import FileField
from collections_app.records.storage import (
    FileAttributes,
    RecordStorage,
    StoredFile,
    is_stored,
    thumbs_folder,
)
from files_app.image_headers import MOST_PIXELS, UnreadableImage
from files_app.thumb_sizes import ThumbSize
from platform_app.database.lanes import wait_without_thread
from platform_app.requests.lane_threads import LaneFull, LaneThreads

THUMBED_TYPES = frozenset({"image/png", "image/jpg", "image/jpeg", "image/gif", "image/webp"})
_ALWAYS_ALLOWED = "100x100"
_MOST_WAITING = 256
_USUAL_WAIT_SECONDS = 60
# A picture that has no thumb is not decoded again for so long, and so many of them are remembered.
_FAILED_SECONDS = 60
_MOST_FAILED = 1000


class ThumbFailed(Exception):
    """There is no thumb, so the file itself has to do; for logs and hooks."""


def is_allowed(field: FileField, size: str) -> bool:
    """Whether thumbs of this size are made of the field's files; "" is none."""
    return bool(size) and (size == _ALWAYS_ALLOWED or size in (field.thumbs or ()))


def thumb_path(path: str, size: str) -> str:
    """Where the thumb of a file is stored.

    >>> thumb_path("c1/r1/a.png", "100x100")
    'c1/r1/thumbs_a.png/100x100_a.png'
    """
    return f"{thumbs_folder(path)}{size}_{path.rpartition('/')[2]}"


def thumb_of(storage: RecordStorage, path: str, size: str, source: StoredFile) -> str:
    """The path of the thumb of the file at `path`, of which `source` is known; makes it if there is none.

    Who asks for a thumb that is being made waits for that one: THUMBS_MAX_WAIT seconds at most. Whatever goes
    wrong, the storage included, raises ThumbFailed.
    """
    thumb = thumb_path(path, size)
    if source.content_type not in THUMBED_TYPES:
        raise ThumbFailed(f"{thumb}: no thumbs are made of {source.content_type}")
    wanted = float(getattr(settings, "JOEY_THUMBS_MAX_WAIT", 0))
    seconds = wanted if wanted > 0 else _USUAL_WAIT_SECONDS
    try:
        if not is_stored(storage, thumb):
            _failures.check(storage, thumb)
            begin_until = time.monotonic() + seconds
            order = _Order(storage, path, thumb, ThumbSize.parse(size), source, begin_until)
            wait_without_thread(lambda: _made(order), seconds)
    except (UnreadableImage, LaneFull, ValueError, OSError) as error:
        # A TimeoutError, which is an OSError, says nothing.
        raise ThumbFailed(f"{thumb}: {str(error) or f'not made within {seconds:g} s'}") from error
    return thumb


@dataclass(frozen=True)
class _Order:
    """A thumb to be made, unless no thread has time before `begin_until`: nobody waits any more then."""

    storage: RecordStorage
    path: str
    thumb: str
    size: ThumbSize
    source: StoredFile
    begin_until: float

    def make(self) -> None:
        """Raises ThumbFailed, UnreadableImage, OSError."""
        # Imported late: it takes 20 ms to load, and many processes never make any.
        from files_app.thumb_images import make_thumb

        if is_stored(self.storage, self.thumb):  # since it was looked for
            return
        _failures.check(self.storage, self.thumb)
        if time.monotonic() > self.begin_until:
            raise ThumbFailed(f"{self.thumb}: not begun in time")
        try:
            with self.storage.open(self.path) as content:
                made = make_thumb(content, self.size, self.source.content_type, _room.hold)
        except UnreadableImage:
            _failures.remember(self.storage, self.thumb)
            raise
        attributes = FileAttributes(made.content_type, original_name="")
        self.storage.store(self.thumb, ContentFile(made.content), attributes)
        if not self._is_source_unchanged():
            # The file went meanwhile, or is another one, and the thumbs that it had by then are gone.
            self.storage.delete(self.thumb)
            raise ThumbFailed(f"{self.thumb}: the file is gone")

    def _is_source_unchanged(self) -> bool:
        try:
            return self.storage.attributes(self.path) == self.source
        except FileNotFoundError:
            return False


# What this process makes now, by its place and its path there.
_making: dict[tuple[RecordStorage, str], "Future[None]"] = {}
_making_lock = threading.Lock()


def _made(order: _Order) -> "Future[None]":
    """The making of a thumb, perhaps begun for somebody else. Raises LaneFull."""
    key = (order.storage, order.thumb)
    with _making_lock:
        making = _making.get(key)
        if making is None:
            making = _making[key] = _threads().submit(order.make)
            making.add_done_callback(lambda _: _making.pop(key, None))
    return making


@cache
def _threads() -> LaneThreads:
    """Threads of their own: those of the lanes answer requests."""
    size = getattr(settings, "JOEY_THUMBS_MAX_WORKERS", 0)
    return LaneThreads("thumbs", size if size > 0 else (os.cpu_count() or 1) + 2, _MOST_WAITING)


class _Room:
    """How many pixels may be decoded at the same time; who comes first is let in first."""

    def __init__(self, pixels: int) -> None:
        self._free = pixels
        self._door = threading.Lock()
        self._left = threading.Condition()

    @contextmanager
    def hold(self, pixels: int) -> Iterator[None]:
        with self._door, self._left:
            self._left.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._left:
                self._free += pixels
                self._left.notify()


class _Failures:
    """The thumbs that could not be made a moment ago: the files never change, so they still cannot."""

    def __init__(self) -> None:
        # By the storage's id, as nothing here is to keep a client of S3; one that is reused costs a thumb.
        self._until: dict[tuple[int, str], float] = {}
        self._lock = threading.Lock()

    def remember(self, storage: RecordStorage, thumb: str) -> None:
        with self._lock:
            while len(self._until) >= _MOST_FAILED:
                del self._until[next(iter(self._until))]
            self._until[id(storage), thumb] = time.monotonic() + _FAILED_SECONDS

    def check(self, storage: RecordStorage, thumb: str) -> None:
        """Raises ThumbFailed."""
        if time.monotonic() < self._until.get((id(storage), thumb), 0.0):
            raise ThumbFailed(f"{thumb}: it could not be made a moment ago")


_room = _Room(MOST_PIXELS)
_failures = _Failures()

"""Thumbs of stored pictures: made when first asked for, once, and kept beside the file until that goes.

Reference: contract/files.md 3; apis/file.go (createThumb), PocketBase v0.39.11.
"""

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache, partial

from django.conf import settings
from django.core.files.base import ContentFile

from collections_app.fields.file_field import FileField
from collections_app.records.storage import FileAttributes, RecordStorage, StoredFile
from files_app.image_headers import UnreadableImage
from files_app.thumb_images import MOST_PIXELS, make_thumb
from files_app.thumb_sizes import ThumbSize
from platform_app.database.lanes import wait_without_thread
from platform_app.requests.lane_threads import LaneFull, LaneThreads

THUMBED_TYPES = frozenset({"image/png", "image/jpg", "image/jpeg", "image/gif", "image/webp"})
_ALWAYS_ALLOWED = "100x100"
_MOST_WAITING = 256
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
    folder, _, name = path.rpartition("/")
    return f"{folder}/thumbs_{name}/{size}_{name}"


def thumb_of(storage: RecordStorage, path: str, size: str, source: StoredFile) -> str:
    """The path of the thumb of the file at `path`, of which `source` is known; makes it if there is none.

    Whoever asks meanwhile waits for the same thumb: up to THUMBS_MAX_WAIT seconds. Raises ThumbFailed, and
    OSError when the storage fails.
    """
    if source.content_type not in THUMBED_TYPES:
        raise ThumbFailed(f"{path}: no thumbs are made of {source.content_type}")
    thumb = thumb_path(path, size)
    if _is_stored(storage, thumb):
        return thumb
    seconds = float(getattr(settings, "JOEY_THUMBS_MAX_WAIT", 60))
    make = partial(_make, storage, path, thumb, size, source, time.monotonic() + seconds)
    try:
        wait_without_thread(lambda: _making(thumb, make), seconds)
    except TimeoutError as error:
        raise ThumbFailed(f"{thumb}: not made within {seconds:g} s") from error
    return thumb


def _is_stored(storage: RecordStorage, path: str) -> bool:
    try:
        storage.attributes(path)
    except FileNotFoundError:
        return False
    return True


# What this process makes now, by the thumb's path. Whoever finds it there waits for it.
_making_now: dict[str, "Future[None]"] = {}
_making_lock = threading.Lock()


def _making(thumb: str, make: partial[None]) -> "Future[None]":
    """The making of a thumb, perhaps begun for somebody else. Raises ThumbFailed when too many wait."""
    with _making_lock:
        making = _making_now.get(thumb)
        if making is None:
            try:
                making = _threads().submit(make)
            except LaneFull as error:
                raise ThumbFailed(f"{thumb}: {error}") from error
            _making_now[thumb] = making
            making.add_done_callback(lambda _: _making_now.pop(thumb, None))
    return making


@cache
def _threads() -> LaneThreads:
    """Threads of their own: the lanes' answer requests, and may be few."""
    size = getattr(settings, "JOEY_THUMBS_MAX_WORKERS", 0) or (os.cpu_count() or 1) + 2
    return LaneThreads("thumbs", size, _MOST_WAITING)


def _make(
    storage: RecordStorage, path: str, thumb: str, size: str, source: StoredFile, begin_until: float
) -> None:
    """Make a thumb on one of the threads. Raises ThumbFailed."""
    if _is_stored(storage, thumb):  # since it was looked for
        return
    if time.monotonic() > begin_until:
        raise ThumbFailed(f"{thumb}: nobody waits for it any more")
    _failures.check(thumb)
    try:
        with storage.open(path) as content:
            made = make_thumb(content, ThumbSize.parse(size), source.content_type, _room.hold)
    except (UnreadableImage, ValueError) as error:
        _failures.remember(thumb)
        raise ThumbFailed(f"{thumb}: {error}") from error
    storage.store(thumb, ContentFile(made.content), FileAttributes(made.content_type, original_name=""))
    if not _is_stored(storage, path):
        # Its record went meanwhile, and with it all files that were there by then.
        storage.delete(thumb)
        raise ThumbFailed(f"{thumb}: {path} is gone")


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
    """The thumbs that could not be made a moment ago. Files never change, so they still cannot."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def remember(self, thumb: str) -> None:
        while len(self._until) >= _MOST_FAILED:
            self._until.pop(next(iter(self._until)), None)
        self._until[thumb] = time.monotonic() + _FAILED_SECONDS

    def check(self, thumb: str) -> None:
        """Raises ThumbFailed."""
        if time.monotonic() < self._until.get(thumb, 0.0):
            raise ThumbFailed(f"{thumb}: it could not be made a moment ago")


_room = _Room(MOST_PIXELS)
_failures = _Failures()

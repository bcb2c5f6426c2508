"""Thumbs of stored files: made once, by few threads, kept beside the file and removed with it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile

from collections_app.fields.file_field import FileField
from collections_app.records.storage import FileAttributes, StoredFile
from collections_app.records.writing.files import remove_paths
from files_app import thumbs
from files_app.local_storage import LocalRecordStorage
from files_app.thumbs import ThumbFailed, is_allowed, thumb_of
from platform_app.requests.lane_threads import LaneThreads
from tests.files_app.pictures import decoded, encoded, picture

PATH = "c1/r1/a.png"
THUMB = "c1/r1/thumbs_a.png/50x50_a.png"
WAIT_SECONDS = 30


class WatchedStorage(LocalRecordStorage):
    """Notes what is looked at, opened and stored; `gate` closes what reads files."""

    def __init__(self, **options):
        super().__init__(**options)
        self.looked_at, self.opened, self.stored = [], [], []
        self.reading = self.most_reading = 0
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()

    def open(self, path, mode="rb"):
        with self._lock:
            self.opened.append(path)
            self.reading += 1
            self.most_reading = max(self.reading, self.most_reading)
        self.gate.wait(WAIT_SECONDS)
        with self._lock:
            self.reading -= 1
        return super().open(path, mode)

    def attributes(self, path):
        self.looked_at.append(path)
        return super().attributes(path)

    def store(self, path, content, attributes):
        self.stored.append(path)
        super().store(path, content, attributes)


@pytest.fixture
def storage(tmp_path):
    return WatchedStorage(location=tmp_path)


@pytest.fixture
def two_workers(monkeypatch):
    threads = LaneThreads("thumbs", 2, 10)
    monkeypatch.setattr(thumbs, "_threads", lambda: threads)
    yield
    threads.stop(WAIT_SECONDS)


@pytest.fixture(autouse=True)
def no_failures(monkeypatch):
    monkeypatch.setattr(thumbs, "_failures", thumbs._Failures())


def put(storage, path=PATH, content=None, content_type="image/png"):
    """Store a picture; returns what is known of it."""
    content = content or encoded(picture(), "PNG")
    LocalRecordStorage.store(storage, path, ContentFile(content), FileAttributes(content_type, "A.png"))
    return storage.attributes(path)


def names(storage, prefix):
    return sorted(storage.list(prefix))


@pytest.mark.parametrize(
    ("size", "configured", "expected"),
    [
        ("100x100", None, True),
        ("100x100", ("50x50",), True),
        ("50x50", ("50x50", "0x9f"), True),
        ("0x9f", ("50x50", "0x9f"), True),
        ("50x50t", ("50x50",), False),
        ("100x100f", None, False),
        ("50X50", ("50x50",), False),
        ("0x0", None, False),
        ("", ("",), False),
        ("../50x50", ("50x50",), False),
    ],
)
def test_allowed_sizes(size, configured, expected):
    assert is_allowed(FileField(id="f", name="f", thumbs=configured), size) is expected


def test_a_thumb_is_stored_beside_its_file(storage):
    source = put(storage)
    assert thumb_of(storage, PATH, "50x50", source) == THUMB
    assert names(storage, "c1/") == [PATH, THUMB]
    found = storage.attributes(THUMB)
    assert (found.content_type, found.original_name) == ("image/png", "")
    with storage.open(THUMB) as content:
        assert decoded(content.read()).size == (50, 50)


def test_a_thumb_keeps_the_name_when_its_type_is_another(storage):
    source = put(storage, "c1/r1/a.webp", encoded(picture(), "WEBP"), "image/webp")
    thumb = thumb_of(storage, "c1/r1/a.webp", "50x50", source)
    assert thumb == "c1/r1/thumbs_a.webp/50x50_a.webp"
    assert storage.attributes(thumb).content_type == "image/png"


def test_a_thumb_is_made_once(storage):
    source = put(storage)
    for _ in range(3):
        assert thumb_of(storage, PATH, "50x50", source) == THUMB
    assert (storage.opened, storage.stored) == ([PATH], [THUMB])


def test_each_size_has_a_thumb_of_its_own(storage):
    source = put(storage)
    for size in ("50x50", "50x50f", "0x20"):
        thumb_of(storage, PATH, size, source)
    folder = "c1/r1/thumbs_a.png"
    assert names(storage, f"{folder}/") == [f"{folder}/{size}_a.png" for size in ("0x20", "50x50", "50x50f")]


def test_a_hundred_who_ask_at_once_share_one_thumb(storage, two_workers):
    source = put(storage)
    storage.gate.clear()
    with ThreadPoolExecutor(100) as clients:
        asked = [clients.submit(thumb_of, storage, PATH, "50x50", source) for _ in range(100)]
        while storage.looked_at.count(THUMB) <= 100:  # by all of them, and by the one who makes it
            threading.Event().wait(0.001)
        storage.gate.set()
        assert {one.result(WAIT_SECONDS) for one in asked} == {THUMB}
    assert (storage.opened, storage.stored) == ([PATH], [THUMB])


def test_a_hundred_who_ask_for_what_cannot_be_made_share_the_failure(storage, two_workers):
    source = put(storage, content=b"\x89PNG\r\n\x1a\n")
    storage.gate.clear()
    with ThreadPoolExecutor(100) as clients:
        asked = [clients.submit(thumb_of, storage, PATH, "50x50", source) for _ in range(100)]
        storage.gate.set()
        assert {type(one.exception(WAIT_SECONDS)) for one in asked} == {ThumbFailed}
    assert (storage.opened, storage.stored) == ([PATH], [])


def test_no_more_are_made_at_once_than_there_are_workers(storage, two_workers):
    sources = {f"c1/r1/{number}.png": put(storage, f"c1/r1/{number}.png") for number in range(8)}
    storage.gate.clear()
    with ThreadPoolExecutor(8) as clients:
        asked = [clients.submit(thumb_of, storage, path, "50x50", source) for path, source in sources.items()]
        while storage.reading < 2:
            threading.Event().wait(0.001)
        storage.gate.set()
        for one in asked:
            one.result(WAIT_SECONDS)
    assert (storage.most_reading, len(storage.stored)) == (2, 8)


@pytest.mark.parametrize(
    ("said", "threads"),
    [
        pytest.param(3, 3, id="as_many_as_the_setting_says"),
        pytest.param(0, 10, id="else_two_more_than_processors"),
        pytest.param(-1, 10, id="also_for_fewer_than_none"),
    ],
)
def test_how_many_threads_make_thumbs(settings, monkeypatch, said, threads):
    settings.JOEY_THUMBS_MAX_WORKERS = said
    monkeypatch.setattr(thumbs.os, "cpu_count", lambda: 8)
    assert thumbs._threads.__wrapped__().size == threads


def test_who_would_wait_behind_too_many_gets_none(storage, two_workers, monkeypatch):
    threads = LaneThreads("thumbs", 1, 0)
    monkeypatch.setattr(thumbs, "_threads", lambda: threads)
    with pytest.raises(ThumbFailed, match="wait for the lane"):
        thumb_of(storage, PATH, "50x50", put(storage))


def test_who_has_waited_long_enough_gets_none_until_it_is_there(storage, two_workers, settings):
    source = put(storage)
    storage.gate.clear()
    settings.JOEY_THUMBS_MAX_WAIT = 0.05
    with pytest.raises(ThumbFailed, match=r"not made within 0\.05 s|not begun in time"):
        thumb_of(storage, PATH, "50x50", source)
    storage.gate.set()
    settings.JOEY_THUMBS_MAX_WAIT = WAIT_SECONDS
    assert thumb_of(storage, PATH, "50x50", source) == THUMB
    assert storage.opened == [PATH]


@pytest.mark.parametrize(("setting", "seconds"), [(0, 60), (-5, 60), (7, 7)])
def test_how_long_one_waits(storage, monkeypatch, settings, setting, seconds):
    waited = []
    monkeypatch.setattr(thumbs, "wait_without_thread", lambda job, seconds: waited.append(seconds))
    settings.JOEY_THUMBS_MAX_WAIT = setting
    thumb_of(storage, PATH, "50x50", put(storage))
    assert waited == [seconds]


def test_what_nobody_waits_for_any_more_is_not_begun(storage, two_workers, settings):
    first, second = put(storage), put(storage, "c1/r1/b.png")
    third = put(storage, "c1/r1/c.png")
    storage.gate.clear()
    with ThreadPoolExecutor(2) as clients:
        asked = [
            clients.submit(thumb_of, storage, path, "50x50", source)
            for path, source in ((PATH, first), ("c1/r1/b.png", second))
        ]
        while storage.reading < 2:
            threading.Event().wait(0.001)
        settings.JOEY_THUMBS_MAX_WAIT = 0.01
        with pytest.raises(ThumbFailed, match="not made within"):
            thumb_of(storage, "c1/r1/c.png", "50x50", third)
        left = thumbs._making[storage, "c1/r1/thumbs_c.png/50x50_c.png"]
        storage.gate.set()
        for one in asked:
            one.result(WAIT_SECONDS)
        assert isinstance(left.exception(WAIT_SECONDS), ThumbFailed)
    assert "c1/r1/c.png" not in storage.opened


@pytest.mark.parametrize(
    "content_type", ["image/svg+xml", "image/bmp", "image/tiff", "text/plain", "application/octet-stream", ""]
)
def test_of_other_types_none_is_made(storage, content_type):
    source = put(storage, content_type=content_type)
    with pytest.raises(ThumbFailed, match="no thumbs are made"):
        thumb_of(storage, PATH, "50x50", source)
    assert (storage.opened, storage.stored) == ([], [])


@pytest.mark.parametrize("size", ["", "0x0", "50", "a/b", "../../x", "50x50\0"])
def test_what_is_no_size_has_no_thumb(storage, size):
    with pytest.raises(ThumbFailed):
        thumb_of(storage, PATH, size, put(storage))
    assert storage.stored == []


def test_a_picture_that_cannot_be_decoded_is_not_tried_again_at_once(storage):
    source = put(storage, content=encoded(picture(), "PNG")[:-40])
    for _ in range(3):
        with pytest.raises(ThumbFailed):
            thumb_of(storage, PATH, "50x50", source)
    assert (storage.opened, names(storage, "c1/")) == ([PATH], [PATH])


def test_only_so_many_failures_are_remembered(storage, monkeypatch):
    monkeypatch.setattr(thumbs, "_MOST_FAILED", 3)
    failures = thumbs._Failures()
    for number in range(5):
        failures.remember(storage, str(number))
    failures.check(storage, "1")
    for number in (2, 3, 4):
        with pytest.raises(ThumbFailed):
            failures.check(storage, str(number))


def test_a_file_that_is_missing_has_no_thumb(storage):
    source = put(storage)
    storage.delete(PATH)
    with pytest.raises(ThumbFailed):
        thumb_of(storage, PATH, "50x50", source)
    assert names(storage, "c1/") == []


def test_a_storage_that_fails_makes_no_thumb_and_is_asked_again(storage, monkeypatch):
    source = put(storage)

    def full(path, content, attributes):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "store", full)
        with pytest.raises(ThumbFailed, match="No space left"):
            thumb_of(storage, PATH, "50x50", source)
    assert thumb_of(storage, PATH, "50x50", source) == THUMB


def test_a_storage_that_cannot_be_asked_has_no_thumbs(storage, monkeypatch):
    source = StoredFile(1, put(storage).modified, "image/png")

    def gone(path):
        raise ConnectionResetError("gone")

    monkeypatch.setattr(storage, "attributes", gone)
    with pytest.raises(ThumbFailed, match="gone"):
        thumb_of(storage, PATH, "50x50", source)


def test_a_file_that_goes_while_its_thumb_is_made_leaves_nothing(storage, tmp_path, monkeypatch):
    source = put(storage)
    store = storage.store

    def store_late(path, content, attributes):
        storage.delete_prefix("c1/r1/")
        store(path, content, attributes)

    monkeypatch.setattr(storage, "store", store_late)
    with pytest.raises(ThumbFailed, match="the file is gone"):
        thumb_of(storage, PATH, "50x50", source)
    assert list(tmp_path.rglob("*")) == [tmp_path / "c1"]


def test_a_file_that_is_replaced_while_its_thumb_is_made_gets_another_one(storage, monkeypatch):
    source = put(storage)
    store = storage.store

    def store_late(path, content, attributes):
        put(storage, content=encoded(picture().crop((0, 0, 9, 9)), "PNG"))
        store(path, content, attributes)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "store", store_late)
        with pytest.raises(ThumbFailed, match="the file is gone"):
            thumb_of(storage, PATH, "50x50", source)
    assert names(storage, "c1/") == [PATH]
    assert thumb_of(storage, PATH, "50x50", storage.attributes(PATH)) == THUMB


def test_thumbs_go_with_their_file(db, storage, monkeypatch):
    monkeypatch.setattr("collections_app.records.writing.removals.record_storage", lambda: storage)
    other = "c1/r1/b.png"
    sources = {path: put(storage, path) for path in (PATH, other)}
    for path, source in sources.items():
        thumb_of(storage, path, "50x50", source)
        thumb_of(storage, path, "0x20", source)
    remove_paths([PATH])
    assert names(storage, "c1/") == [
        other,
        "c1/r1/thumbs_b.png/0x20_b.png",
        "c1/r1/thumbs_b.png/50x50_b.png",
    ]


def test_pictures_are_decoded_while_there_is_room_for_them():
    room = thumbs._Room(10)
    order, first_in, leave = [], threading.Event(), threading.Event()

    def decode(name, pixels, until=None):
        with room.hold(pixels):
            order.append(name)
            first_in.set()
            if until is not None:
                until.wait(WAIT_SECONDS)

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(decode, "first", 6, leave)
        first_in.wait(WAIT_SECONDS)
        large = threads.submit(decode, "large", 10)
        while not room._door.locked():
            threading.Event().wait(0.001)
        # It would fit beside the first one, but who came earlier must not wait for ever.
        small = threads.submit(decode, "small", 1)
        assert order == ["first"]
        leave.set()
        for one in (first, large, small):
            one.result(WAIT_SECONDS)
    assert order == ["first", "large", "small"]


def test_room_is_given_back_when_decoding_fails():
    room = thumbs._Room(10)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), room.hold(10):
            raise ValueError("broken")

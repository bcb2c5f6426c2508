"""What a RecordStorage does, whether it is a folder or a bucket (contract/files.md 5)."""

import io
import pathlib
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.base import ContentFile

from collections_app.records.storage import FileAttributes, RecordStorage
from files_app import s3_storage
from platform_app.requests.file_answers import Span

PLAIN = FileAttributes("text/plain; charset=utf-8", "Größe <1>.txt")
PATH = "c1/r1/a.txt"

NAMES = [
    "plain.txt",
    "with blanks  .txt",
    "größe ñ.txt",
    "中文😀.txt",
    "a+b&c=d%41;e,f@g$h!(i)'j*k~l.txt",
    "#hash?query.txt",
    "..dots..txt",
    "%2F.txt",
    '"quoted" <b>.txt',
    "back\\slash.txt",
]


def put(storage, *paths):
    for path in paths:
        storage.store(path, ContentFile(path.encode()), PLAIN)


def test_both_are_record_storages(storage):
    assert isinstance(storage, RecordStorage)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_comes_back(storage, name):
    path = f"c1/r1/{name}"
    if "\\" in name and not getattr(storage, "is_remote", False):
        pytest.skip("Django takes it for a separator")
    storage.store(path, ContentFile(b"content of " + name.encode()), FileAttributes("text/plain", name))
    with storage.open(path) as content:
        assert content.read() == b"content of " + name.encode()
    known = storage.attributes(path)
    assert (known.size_bytes, known.content_type, known.original_name) == (
        11 + len(name.encode()),
        "text/plain",
        name,
    )
    assert list(storage.list("c1/")) == [path]
    storage.delete(path)
    assert list(storage.list("c1/")) == []


def test_what_is_known_of_a_file(storage):
    put(storage, PATH)
    known = storage.attributes(PATH)
    assert (known.size_bytes, known.content_type, known.original_name) == (
        11,
        PLAIN.content_type,
        PLAIN.original_name,
    )
    assert abs(known.modified - datetime.now(UTC)) < timedelta(minutes=5)


def test_an_original_name_is_cut_between_characters(storage):
    storage.store(PATH, ContentFile(b"a"), FileAttributes("text/plain", "ü" * 200))
    assert storage.attributes(PATH).original_name == "ü" * 127


def test_an_empty_file_is_a_file(storage):
    storage.store(PATH, ContentFile(b""), PLAIN)
    assert storage.attributes(PATH).size_bytes == 0
    with storage.open(PATH) as content:
        assert content.read() == b""


@pytest.mark.parametrize(
    "size", [1, 99, 100, 101, 200, 250, 1000], ids=lambda size: f"{size}_bytes_in_parts_of_100"
)
def test_files_around_the_size_of_parts(storage, monkeypatch, size):
    monkeypatch.setattr(s3_storage, "PART_BYTES", 100)
    if size in (101, 200, 250, 1000):
        monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1)
    content = random.Random(size).randbytes(size)  # noqa: S311
    storage.store(PATH, ContentFile(content), PLAIN)
    with storage.open(PATH) as stored:
        assert stored.read() == content
    assert storage.attributes(PATH).size_bytes == size


RANDOM = random.Random(7).randbytes(400_000)  # noqa: S311


@pytest.mark.parametrize(
    ("offset", "whence", "size", "expected"),
    [
        pytest.param(0, io.SEEK_SET, 10, RANDOM[:10], id="beginning"),
        pytest.param(10, io.SEEK_SET, 300_000, RANDOM[10:300_010], id="most_of_it"),
        pytest.param(399_990, io.SEEK_SET, 100, RANDOM[-10:], id="over_the_end"),
        pytest.param(-5, io.SEEK_END, -1, RANDOM[-5:], id="from_the_end"),
        pytest.param(5_000_000, io.SEEK_SET, 10, b"", id="behind_the_end"),
        pytest.param(0, io.SEEK_END, 10, b"", id="at_the_end"),
    ],
)
def test_reading_from_any_place(storage, offset, whence, size, expected):
    storage.store(PATH, ContentFile(RANDOM), PLAIN)
    with storage.open(PATH) as content:
        content.seek(offset, whence)
        assert content.read(size) == expected


@pytest.mark.parametrize(
    ("part", "then"),
    [
        pytest.param(Span(0, 10), RANDOM[10:20], id="beginning"),
        pytest.param(Span(200_000, 150_000), RANDOM[350_000:350_010], id="middle"),
        pytest.param(Span(399_990, 10), b"", id="end"),
    ],
)
def test_reading_a_part_and_then_more(storage, part, then):
    storage.store(PATH, ContentFile(RANDOM), PLAIN)
    with storage.open(PATH, part=part) as content:
        assert content.tell() == part.start
        assert content.read(part.length) == RANDOM[part.start : part.start + part.length]
        assert content.read(10) == then
        content.seek(3)
        assert content.read(5) == RANDOM[3:8]


def test_reading_here_and_there(storage):
    storage.store(PATH, ContentFile(RANDOM), PLAIN)
    chance = random.Random(3)  # noqa: S311
    with storage.open(PATH) as content:
        for _ in range(30):
            at, size = chance.randrange(len(RANDOM)), chance.randrange(100_000)
            assert content.seek(at) == at
            assert content.read(size) == RANDOM[at : at + size]
            assert content.tell() == min(at + size, len(RANDOM))


@pytest.mark.parametrize("path", ["c1/r1/b.txt", "c1/r1", "c2/r1/a.txt", "c1/r1/a.tx", "c1/r1/a.txtt"])
def test_what_is_not_there(storage, path):
    put(storage, PATH)
    with pytest.raises((FileNotFoundError, IsADirectoryError)):
        storage.attributes(path)
    with pytest.raises((FileNotFoundError, IsADirectoryError)):
        storage.open(path)
    if path != "c1/r1":
        storage.delete(path)
    assert list(storage.list("c1/")) == [PATH]


def test_deleting_a_prefix_takes_what_lies_below_it_and_nothing_else(storage):
    put(storage, PATH, "c1/r1/thumbs_a.txt/10x10_a.txt", "c1/r10/a.txt", "c10/r1/a.txt")
    storage.delete_prefix("c1/r1/")
    assert sorted(storage.list("")) == ["c1/r10/a.txt", "c10/r1/a.txt"]
    storage.delete_prefix("c1/")
    storage.delete_prefix("c1/")
    assert list(storage.list("")) == ["c10/r1/a.txt"]


def test_a_thumb_that_is_stored_while_its_file_goes_goes_too(storage, monkeypatch):
    put(storage, PATH)
    thumb = "c1/r1/thumbs_a.txt/10x10_a.txt"
    owner, name = (storage, "delete") if getattr(storage, "is_remote", False) else (pathlib.Path, "unlink")
    let_go = getattr(owner, name)

    def store_first(path, *args, **options):
        monkeypatch.undo()
        put(storage, thumb)
        let_go(path, *args, **options)

    monkeypatch.setattr(owner, name, store_first)
    storage.delete_prefix("c1/r1/")
    assert list(storage.list("c1/")) == []


def test_a_stored_file_is_read_from_its_beginning(storage):
    content = ContentFile(b"hello")
    content.read(3)
    storage.store(PATH, content, PLAIN)
    with storage.open(PATH) as stored:
        assert stored.read() == b"hello"

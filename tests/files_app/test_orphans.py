"""Files that no row names, and rows whose files are not there."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from collections_app.fields.file_names import PendingFile
from collections_app.records.storage import FileAttributes
from collections_app.records.writing.saving import save_record
from collections_app.records.writing.submitted import new_record
from files_app import orphans
from files_app.orphans import Lost, Orphan, find_orphans, place_of

pytestmark = pytest.mark.django_db

FIELDS = [
    {"type": "file", "name": "one", "maxSelect": 1},
    {"type": "file", "name": "some", "maxSelect": 5, "hidden": True},
    {"type": "text", "name": "title"},
]
OLD = "pbc_1234567"


@pytest.fixture(autouse=True)
def _old_enough(monkeypatch):
    """Nothing that is stored here is of a write that is under way."""
    monkeypatch.setattr(orphans, "UNDER_WAY", timedelta(hours=-1))


@pytest.fixture
def posts(make_collection):
    return make_collection("posts", fields=FIELDS)


def put(storage, *paths):
    for path in paths:
        storage.store(path, ContentFile(b"12345"), FileAttributes("text/plain", "a.txt"))


def post(collection, record_id, one="", some=()):
    """A row that names files, whether they are there or not."""
    record = new_record(collection)
    record.values |= {"id": record_id, "one": one, "some": list(some)}
    save_record(record, validate=False)


def found_in(storage, *collections):
    """What is found in these collections: the fixture has files of its own, which are not here."""
    known = {one if isinstance(one, str) else one.id for one in collections}
    return {one for one in find_orphans(storage) if one.path.split("/")[0] in known}


def test_what_rows_name_is_no_orphan_and_neither_are_its_thumbs(storage, posts):
    folder = f"{posts.id}/aaaaaaaaaaaaaaa"
    put(storage, f"{folder}/a.txt", f"{folder}/b.txt", f"{folder}/c.txt", f"{folder}/thumbs_b.txt/1x1_b.txt")
    post(posts, "aaaaaaaaaaaaaaa", "a.txt", ["b.txt", "c.txt"])
    assert found_in(storage, posts) == set()


def test_a_file_that_the_reference_has_cut_the_name_of_is_no_orphan(bucket, posts):
    folder = f"{posts.id}/aaaaaaaaaaaaaaa"
    post(posts, "aaaaaaaaaaaaaaa", "nr_abcdefghij.#5.mp3")
    put(bucket, f"{folder}/nr_abcdefghij.", f"{folder}/nr_1234567890.")
    assert found_in(bucket, posts) == {Orphan(f"{folder}/nr_1234567890.", 5)}


def test_files_without_a_row(storage, posts):
    folder = f"{posts.id}/aaaaaaaaaaaaaaa"
    post(posts, "aaaaaaaaaaaaaaa", "a.txt")
    unnamed = [
        f"{folder}/b.txt",
        f"{folder}/thumbs_b.txt/1x1_b.txt",
        f"{posts.id}/bbbbbbbbbbbbbbb/a.txt",
        f"{OLD}/aaaaaaaaaaaaaaa/a.txt",
    ]
    put(storage, f"{folder}/a.txt", *unnamed)
    assert found_in(storage, posts, OLD) == {Orphan(path, 5) for path in unnamed}


def test_rows_without_a_file(storage, posts, make_collection):
    empty = make_collection("empties", fields=FIELDS)
    post(posts, "aaaaaaaaaaaaaaa", "a.txt", ["b.txt", "c.txt"])
    post(empty, "aaaaaaaaaaaaaaa", "a.txt")
    put(storage, f"{posts.id}/aaaaaaaaaaaaaaa/b.txt")
    assert found_in(storage, posts, empty) == {
        Lost(f"{posts.id}/aaaaaaaaaaaaaaa/a.txt"),
        Lost(f"{posts.id}/aaaaaaaaaaaaaaa/c.txt"),
        Lost(f"{empty.id}/aaaaaaaaaaaaaaa/a.txt"),
    }


def test_many_rows_are_read_some_at_a_time(storage, posts, monkeypatch):
    monkeypatch.setattr(orphans, "_ROWS", 2)
    ids = [f"{number:015}" for number in range(5)]
    for record_id in ids:
        post(posts, record_id, "a.txt")
    put(storage, *(f"{posts.id}/{record_id}/a.txt" for record_id in ids[1:]))
    assert found_in(storage, posts) == {Lost(f"{posts.id}/{ids[0]}/a.txt")}


def test_what_is_young_may_be_of_a_write_that_is_under_way(storage, posts, monkeypatch):
    put(storage, f"{posts.id}/aaaaaaaaaaaaaaa/a.txt")
    monkeypatch.setattr(orphans, "UNDER_WAY", timedelta(hours=1))
    assert found_in(storage, posts) == set()


def test_old_files_of_the_folder_are_told_by_their_time(local, posts, monkeypatch):
    monkeypatch.setattr(orphans, "UNDER_WAY", timedelta(hours=1))
    path = f"{posts.id}/aaaaaaaaaaaaaaa/a.txt"
    put(local, path)
    os.utime(local.path(path), (1_700_000_000, 1_700_000_000))
    assert found_in(local, posts) == {Orphan(path, 5)}


def test_what_a_write_that_was_killed_has_left(local, posts):
    """A sidecar comes before its file, and each is written under another name first."""
    folder = f"{posts.id}/aaaaaaaaaaaaaaa"
    post(posts, "aaaaaaaaaaaaaaa", "a.txt", ["lost.txt"])
    put(local, f"{folder}/a.txt")
    left = [
        f"{folder}/{name}" for name in ("b.txt.attrs", "c.txt.attrs.00ff00ff.attrs", "d.txt.00ff00ff.attrs")
    ]
    left += [f"{folder}/thumbs_a.txt/1x1_a.txt.00ff00ff.attrs", f"{OLD}/bbbbbbbbbbbbbbb/a.txt.attrs"]
    for path in [
        *left,
        f"{folder}/lost.txt.attrs",
        "others/bbbbbbbbbbbbbbb/a.txt.attrs",
        ".kept/a/b/c.attrs",
    ]:
        place = Path(local.path(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"123")
    assert found_in(local, posts, OLD, "others", ".kept") == {
        Lost(f"{folder}/lost.txt"),
        *(Orphan(path, 3) for path in left),
    }
    for path in left:
        local.delete(path)
    assert sorted(path.name for path in Path(local.path(posts.id)).rglob("*") if path.is_file()) == [
        "a.txt",
        "a.txt.attrs",
        "lost.txt.attrs",
    ]
    assert not Path(local.path(OLD), "bbbbbbbbbbbbbbb").exists()


def test_a_part_that_is_young_may_be_under_way(local, posts, monkeypatch):
    monkeypatch.setattr(orphans, "UNDER_WAY", timedelta(hours=1))
    place = Path(local.path(f"{posts.id}/aaaaaaaaaaaaaaa/a.txt.attrs"))
    place.parent.mkdir(parents=True)
    place.write_bytes(b"123")
    assert found_in(local, posts) == set()
    os.utime(place, (1_700_000_000, 1_700_000_000))
    assert found_in(local, posts) == {Orphan(f"{posts.id}/aaaaaaaaaaaaaaa/a.txt.attrs", 3)}


def test_what_is_stored_while_the_rows_are_read_is_not_lost(local, posts, monkeypatch):
    """The list is older than the rows: a file that it does not have is looked for again."""
    post(posts, "aaaaaaaaaaaaaaa", "a.txt")
    listed = local.list("")
    monkeypatch.setattr(local, "list", lambda prefix: iter(list(listed)))
    assert found_in(local, posts) == {Lost(f"{posts.id}/aaaaaaaaaaaaaaa/a.txt")}
    put(local, f"{posts.id}/aaaaaaaaaaaaaaa/a.txt")
    assert found_in(local, posts) == set()


@pytest.mark.parametrize(
    "path",
    [
        "pb_backup.zip",
        "logs/2026/01/02/03.gz",
        "backups/2026/all.zip",
        "monthly_reports/2026/january.csv",
        f"{OLD}/a.txt",
        f"{OLD}/aaaaaaaaaaaaaaa/other/a.txt",
    ],
)
def test_what_is_not_laid_out_as_ours_is_left_alone(storage, path):
    put(storage, path)
    assert [one for one in find_orphans(storage) if isinstance(one, Orphan)] == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("c/r/a.txt", ("c", "r", "a.txt")),
        ("c/r/thumbs_a.txt/1x1_a.txt", ("c", "r", "a.txt")),
        ("c/r/thumbs_a.txt", ("c", "r", "thumbs_a.txt")),
        ("c/r", None),
        ("c/r/a/b", None),
        ("c/r/thumbs_a/b/c", None),
    ],
)
def test_whose_a_file_is(path, place):
    assert place_of(path) == place


def test_a_record_that_came_with_a_file_has_it(storage, posts, monkeypatch):
    monkeypatch.setattr("collections_app.records.writing.files.record_storage", lambda: storage)
    record = new_record(posts)
    record.values["one"] = PendingFile.from_bytes("Größe 1.txt", b"hello")
    save_record(record)
    assert len(list(storage.list(f"{posts.id}/{record.id}/"))) == 1
    assert found_in(storage, posts) == set()

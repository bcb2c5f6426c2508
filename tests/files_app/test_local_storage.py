"""The files of records on the local disk (contract/files.md)."""

import json
import os
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile

from collections_app.records.storage import FileAttributes, NameRefused, StoredFile, record_storage
from files_app.local_storage import LocalRecordStorage
from files_app.object_attributes import UNKNOWN_TYPE

PLAIN = FileAttributes("text/plain; charset=utf-8", "Größe <1>.txt")


@pytest.fixture
def storage(tmp_path):
    return LocalRecordStorage(location=tmp_path)


def entries(folder):
    """Every file and folder below, as relative paths."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def put(storage, *paths):
    for path in paths:
        storage.store(path, ContentFile(path.encode()), PLAIN)


def test_as_configured_only_the_server_can_read_what_is_stored(tmp_path, settings):
    storage = LocalRecordStorage(**{**settings.STORAGES["records"]["OPTIONS"], "location": tmp_path})
    put(storage, "c1/r1/a.txt")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.txt*")} == {0o600}


def test_a_file_is_stored_with_its_sidecar(storage, tmp_path):
    storage.store("c1/r1/a.txt", ContentFile(b"hello"), PLAIN)
    assert (tmp_path / "c1/r1/a.txt").read_bytes() == b"hello"
    sidecar = (tmp_path / "c1/r1/a.txt.attrs").read_bytes()
    assert sidecar.endswith(b"}\n")
    assert json.loads(sidecar) == {
        "user.cache_control": "",
        "user.content_disposition": "",
        "user.content_encoding": "",
        "user.content_language": "",
        "user.content_type": "text/plain; charset=utf-8",
        "user.metadata": {"original-filename": "Größe <1>.txt"},
        "md5": "XUFAKrxLKna5cZ2REBfFkg==",
    }


def test_a_file_without_a_name_has_the_sidecar_of_the_reference(storage, tmp_path):
    storage.store("c1/r1/a.png", ContentFile(b"hello"), FileAttributes("image/png", ""))
    assert json.loads((tmp_path / "c1/r1/a.png.attrs").read_bytes())["user.metadata"] is None


def test_a_stored_file_can_be_opened(storage):
    put(storage, "c1/r1/a.txt")
    with storage.open("c1/r1/a.txt") as content:
        assert content.read() == b"c1/r1/a.txt"


def test_a_missing_file_cannot_be_opened(storage):
    with pytest.raises(FileNotFoundError):
        storage.open("c1/r1/a.txt")


def test_what_is_known_of_a_file(storage, tmp_path):
    put(storage, "c1/r1/a.txt")
    os.utime(tmp_path / "c1/r1/a.txt", (1_700_000_000, 1_700_000_000))
    assert storage.attributes("c1/r1/a.txt") == StoredFile(
        11, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), PLAIN.content_type, PLAIN.original_name
    )


@pytest.mark.parametrize("nanoseconds", [0, 1, 500_000_000, 999_999_999])
def test_the_time_of_a_file_is_never_rounded_up(storage, tmp_path, nanoseconds):
    put(storage, "c1/r1/a.txt")
    os.utime(tmp_path / "c1/r1/a.txt", ns=(0, 1_700_000_000 * 10**9 + nanoseconds))
    assert int(storage.attributes("c1/r1/a.txt").modified.timestamp()) == 1_700_000_000


@pytest.mark.parametrize("sidecar", [None, "", "{", "[]", "{}", '{"user.metadata":null}'])
def test_nothing_is_known_without_a_good_sidecar(storage, tmp_path, sidecar):
    put(storage, "c1/r1/a.txt")
    path = tmp_path / "c1/r1/a.txt.attrs"
    path.unlink() if sidecar is None else path.write_text(sidecar)
    found = storage.attributes("c1/r1/a.txt")
    assert (found.size_bytes, found.content_type, found.original_name) == (11, UNKNOWN_TYPE, "")


@pytest.mark.parametrize("path", ["c1/r1/b.txt", "c1/r1", "c1/r1/a.txt/b", "c1/r1/a.txt.attrs"])
def test_nothing_is_known_of_what_is_no_file(storage, path):
    put(storage, "c1/r1/a.txt")
    with pytest.raises(OSError, match="c1"):
        storage.attributes(path)


def test_deleting_a_file_leaves_the_others(storage, tmp_path):
    put(storage, "c1/r1/a.txt", "c1/r1/b.txt")
    storage.delete("c1/r1/a.txt")
    assert entries(tmp_path) == ["c1", "c1/r1", "c1/r1/b.txt", "c1/r1/b.txt.attrs"]


def test_the_folder_of_a_record_goes_with_its_last_file(storage, tmp_path):
    put(storage, "c1/r1/a.txt")
    storage.delete("c1/r1/a.txt")
    assert entries(tmp_path) == ["c1"]


def test_the_folder_of_a_record_goes_with_its_last_thumb(storage, tmp_path):
    put(storage, "c1/r1/a.txt", "c1/r1/thumbs_a.txt/10x10_a.txt")
    storage.delete("c1/r1/a.txt")
    storage.delete_prefix("c1/r1/thumbs_a.txt/")
    assert entries(tmp_path) == ["c1"]


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [("a.attrs", True), ("a.txt.attrs", True), ("a.ATTRS", False), ("a.attrs.txt", False), ("attrs", False)],
)
def test_names_of_sidecars_are_reserved(storage, tmp_path, name, is_refused):
    if is_refused:
        with pytest.raises(NameRefused, match="sidecars"):
            put(storage, f"c1/r1/{name}")
        assert entries(tmp_path) == []
    else:
        put(storage, f"c1/r1/{name}")
        assert list(storage.list("c1/")) == [f"c1/r1/{name}"]


def test_deleting_a_missing_file_is_no_error(storage):
    storage.delete("c1/r1/a.txt")


def test_deleting_a_prefix_takes_what_lies_below_it(storage, tmp_path):
    put(storage, "c1/r1/a.txt", "c1/r1/thumbs_a.txt/10x10_a.txt", "c1/r10/a.txt")
    storage.delete_prefix("c1/r1/")
    assert entries(tmp_path) == ["c1", "c1/r10", "c1/r10/a.txt", "c1/r10/a.txt.attrs"]


def test_deleting_a_missing_prefix_is_no_error(storage):
    storage.delete_prefix("c1/r1/")


def test_listing_names_files_without_their_sidecars(storage):
    put(storage, "c1/r1/a.txt", "c1/r1/thumbs_a.txt/10x10_a.txt", "c1/r10/a.txt", "c2/r1/a.txt")
    assert sorted(storage.list("c1/r1/")) == ["c1/r1/a.txt", "c1/r1/thumbs_a.txt/10x10_a.txt"]
    assert sorted(storage.list("c1/")) == [
        "c1/r1/a.txt",
        "c1/r1/thumbs_a.txt/10x10_a.txt",
        "c1/r10/a.txt",
    ]
    assert list(storage.list("c3/")) == []


@pytest.mark.parametrize("vanished", [FileNotFoundError, FileExistsError])
def test_a_folder_that_vanishes_under_a_store_is_made_again(storage, tmp_path, monkeypatch, vanished):
    saved, save = [], storage.save

    def vanishing(name, content):
        saved.append(name)
        if len(saved) < 4:
            next(content.chunks())
            raise vanished(name)
        return save(name, content)

    monkeypatch.setattr(storage, "save", vanishing)
    put(storage, "c1/r1/a.txt")
    assert len(saved) == 3 + 2  # the file, and then its sidecar
    assert entries(tmp_path) == ["c1", "c1/r1", "c1/r1/a.txt", "c1/r1/a.txt.attrs"]
    with storage.open("c1/r1/a.txt") as content:
        assert content.read() == b"c1/r1/a.txt"


def test_the_last_store_of_a_path_wins(storage, tmp_path):
    storage.store("c1/r1/a.txt", ContentFile(b"first"), PLAIN)
    storage.store("c1/r1/a.txt", ContentFile(b"second"), FileAttributes("image/png", ""))
    assert (tmp_path / "c1/r1/a.txt").read_bytes() == b"second"
    assert storage.attributes("c1/r1/a.txt").content_type == "image/png"
    assert entries(tmp_path) == ["c1", "c1/r1", "c1/r1/a.txt", "c1/r1/a.txt.attrs"]


def test_nobody_sees_half_a_file_or_one_without_its_type(storage, tmp_path):
    seen = []

    class Slow(ContentFile):
        def chunks(self, chunk_size=None):
            for half in (b"half", b"half"):
                yield half
                seen.append((tmp_path / "c1/r1/a.txt").exists())

    storage.store("c1/r1/a.txt", Slow(b"halfhalf"), PLAIN)
    assert seen == [False] * 2
    assert storage.attributes("c1/r1/a.txt").size_bytes == 8


def test_a_store_that_fails_leaves_no_part_of_the_file(storage, tmp_path):
    class Broken(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        storage.store("c1/r1/a.txt", Broken(b"halfhalf"), PLAIN)
    assert entries(tmp_path) == ["c1", "c1/r1"]
    storage.delete("c1/r1/a.txt")
    assert entries(tmp_path) == ["c1"]


def test_a_file_in_the_place_of_the_folder_is_an_error(storage, tmp_path):
    (tmp_path / "c1").mkdir()
    (tmp_path / "c1" / "r1").write_text("not a folder")
    with pytest.raises(FileExistsError):
        put(storage, "c1/r1/a.txt")


def test_the_project_keeps_its_files_here(db):
    assert isinstance(record_storage(), LocalRecordStorage)


def test_a_storage_that_cannot_keep_records_files_is_refused(settings):
    plain = "django.core.files.storage.InMemoryStorage"
    settings.STORAGES = {**settings.STORAGES, "records": {"BACKEND": plain}}
    with pytest.raises(ImproperlyConfigured, match=r"STORAGES\['records'\] has to be a RecordStorage"):
        record_storage()

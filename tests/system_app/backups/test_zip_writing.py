"""ZipWriter: others can read what it writes."""

import io
import os
import zipfile
from datetime import UTC, datetime

import pytest

from system_app.backups.zip_writing import ZipWriter, modified_in

MOMENT = datetime(2024, 5, 6, 7, 8, 11, tzinfo=UTC)


def add(writer: ZipWriter, name: str, content: bytes, **options) -> None:
    given = {"size_bytes": len(content), "modified": MOMENT, "progress": lambda size: None, **options}
    writer.add(name, io.BytesIO(content), **given)


def written(tmp_path, *files: tuple[str, bytes], **options) -> zipfile.ZipFile:
    target = io.BytesIO()
    writer = ZipWriter(target, tmp_path)
    for name, content in files:
        add(writer, name, content, **options)
    writer.close()
    return zipfile.ZipFile(target)


CONTENTS = [
    pytest.param("data.db", b"SQLite" * 100_000, id="large"),
    pytest.param("storage/a/b.txt", b"hello", id="folder"),
    pytest.param("picture.jpg", os.urandom(600_000), id="incompressible"),
    pytest.param("empty", b"", id="empty"),
    pytest.param("größe/日本.txt", bytes(range(256)), id="unicode"),
]


@pytest.mark.parametrize("size_hint", [None, 0xF1000000], ids=["plain", "zip64"])
@pytest.mark.parametrize(("name", "content"), CONTENTS)
def test_what_comes_out_is_what_went_in(tmp_path, name, content, size_hint):
    archive = written(tmp_path, (name, content), **({"size_bytes": size_hint} if size_hint else {}))
    (entry,) = archive.infolist()
    assert (entry.filename, archive.read(entry), entry.file_size) == (name, content, len(content))
    assert archive.testzip() is None
    assert (modified_in(entry.extra), entry.date_time) == (int(MOMENT.timestamp()), (2024, 5, 6, 7, 8, 10))
    assert entry.external_attr >> 16 == 0o100600


@pytest.mark.parametrize(
    ("content", "method"),
    [
        pytest.param(b"hello " * 100_000, zipfile.ZIP_DEFLATED, id="text"),
        pytest.param(os.urandom(600_000), zipfile.ZIP_STORED, id="picture"),
        pytest.param(b"", zipfile.ZIP_DEFLATED, id="empty"),
    ],
)
def test_what_gets_no_smaller_goes_in_as_it_is(tmp_path, content, method):
    (entry,) = written(tmp_path, ("a", content)).infolist()
    assert entry.compress_type == method
    assert entry.compress_size <= len(content) or not content


def test_many_files_fit(tmp_path):
    archive = written(tmp_path, *((f"f{number}", b"x") for number in range(70_000)))
    assert len(archive.namelist()) == 70_000
    assert archive.read("f69999") == b"x"


def test_an_archive_without_files_is_one(tmp_path):
    assert written(tmp_path).namelist() == []


def test_a_file_that_grows_meanwhile_is_cut_at_its_size(tmp_path):
    assert written(tmp_path, ("log", b"0123456789"), size_bytes=4).read("log") == b"0123"


def test_the_names_are_told_while_it_is_written(tmp_path):
    target = io.BytesIO()
    writer = ZipWriter(target, tmp_path)
    add(writer, "a", b"1")
    add(writer, "ü", b"2")
    assert list(writer.names()) == ["a", "ü"]
    add(writer, "c", b"3")
    writer.close()
    assert zipfile.ZipFile(target).namelist() == ["a", "ü", "c"]


def test_progress_is_what_was_read(tmp_path):
    told: list[int] = []
    written(tmp_path, ("a", b"x" * 600_000), progress=told.append)
    assert told == [262_144, 262_144, 75_712]


@pytest.mark.parametrize(
    ("extra", "seconds"),
    [
        pytest.param(b"", None, id="none"),
        pytest.param(b"UT\5\0\1\1\0\0\0", 1, id="unix"),
        pytest.param(b"\1\0\2\0xxUT\5\0\1\2\0\0\0", 2, id="behind_another"),
        pytest.param(b"UT\5\0\2\1\0\0\0", None, id="other_times_only"),
        pytest.param(b"UT\5\0\1\1", None, id="cut_off"),
        pytest.param(b"UT\xff\xff", None, id="length_of_nothing"),
    ],
)
def test_modification_times_in_extra_fields(extra, seconds):
    assert modified_in(extra) == seconds

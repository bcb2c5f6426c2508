"""What code may do with stored files, in a folder and in a bucket (contract/hooks.md 6)."""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from PIL import Image

from collections_app.fields.file_names import PendingFile
from collections_app.records.storage import NameRefused
from files_app import filesystem as facility
from files_app.filesystem import Filesystem, filesystem
from files_app.thumbs import ThumbFailed, thumb_path

PATH = "c1/r1/report.txt"


@pytest.fixture
def files(storage):
    return Filesystem(storage)


def content(files, path=PATH):
    with files.open(path) as file:
        return file.read()


def picture(color):
    made = BytesIO()
    Image.new("RGB", (200, 100), color).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        pytest.param(b"hello", "report.txt", id="bytes"),
        pytest.param(BytesIO(b"hello"), "report.txt", id="file"),
        pytest.param(ContentFile(b"hello", name="x"), "report.txt", id="django_file"),
        pytest.param(SimpleUploadedFile("x", b"hello"), "report.txt", id="upload"),
        pytest.param(PendingFile.from_bytes("My own.txt", b"hello"), "My own.txt", id="pending"),
    ],
)
def test_what_can_be_uploaded(files, source, name):
    files.upload(PATH, source)
    known = files.attributes(PATH)
    assert (content(files), known.size_bytes, known.content_type, known.original_name) == (
        b"hello",
        5,
        "text/plain; charset=utf-8",
        name,
    )


def test_an_open_file_is_taken_from_its_beginning_and_stays_open(files):
    source = BytesIO(b"hello")
    source.read()
    files.upload(PATH, source, original_name="Mine.txt")
    assert (content(files), files.attributes(PATH).original_name, source.closed) == (
        b"hello",
        "Mine.txt",
        False,
    )


def test_the_type_is_that_of_the_bytes(files):
    files.upload(PATH, picture("red"))
    assert files.attributes(PATH).content_type == "image/png"


def test_a_newer_file_takes_the_place_with_new_thumbs(files):
    path = "c1/r1/a.png"
    files.upload(path, picture("red"))
    thumb = files.thumb(path, "50x50")
    assert (thumb, files.exists(thumb)) == (thumb_path(path, "50x50"), True)
    files.upload(path, picture("blue"))
    assert (list(files.list("c1/")), content(files, path)) == ([path], picture("blue"))


def test_what_is_no_picture_has_no_thumb(files):
    files.upload(PATH, b"hello")
    with pytest.raises(ThumbFailed):
        files.thumb(PATH, "50x50")


def test_a_copy_is_known_as_the_original_was(files):
    files.upload(PATH, b"hello", original_name="Mine.txt")
    files.copy(PATH, "c1/r2/copy.txt")
    known = files.attributes("c1/r2/copy.txt")
    assert (content(files, "c1/r2/copy.txt"), known.content_type, known.original_name) == (
        b"hello",
        "text/plain; charset=utf-8",
        "Mine.txt",
    )


def test_what_is_not_there(files):
    assert not files.exists(PATH)
    for ask in (files.open, files.attributes, lambda path: files.copy(path, "c1/r2/b.txt")):
        with pytest.raises(FileNotFoundError):
            ask(PATH)
    assert list(files.list("c1/")) == []


def test_what_is_deleted_is_gone(files):
    for path in (PATH, "c1/r1/b.txt", "c1/r2/c.txt", "c2/r1/d.txt"):
        files.upload(path, b"x")
    files.delete(PATH)
    files.delete(PATH)
    files.delete_prefix("c1/r1/")
    assert sorted([*files.list("c1/"), *files.list("c2/")]) == ["c1/r2/c.txt", "c2/r1/d.txt"]


def test_it_is_served_as_the_files_of_records_are(files):
    files.upload(PATH, b"hello")
    request = RequestFactory().get("/", headers={"range": "bytes=1-3"})
    answer = files.serve(request, PATH, "Mine.txt")
    assert (answer.status_code, answer.content, answer["content-range"], answer["content-disposition"]) == (
        206,
        b"ell",
        "bytes 1-3/5",
        "attachment; filename=Mine.txt",
    )
    head = files.serve(RequestFactory().head("/"), PATH)
    assert (head.content, head["content-length"]) == (b"", "5")
    with pytest.raises(FileNotFoundError):
        files.serve(request, "c1/r1/none.txt")


def test_from_an_address(files, monkeypatch):
    def download(url, *, most_bytes, seconds):
        assert (url, most_bytes, seconds) == ("https://example.com/a.txt", 10, 1.0)
        return PendingFile.from_bytes("a.txt", b"hello")

    monkeypatch.setattr(facility, "download", download)
    files.upload_from_url(PATH, "https://example.com/a.txt", most_bytes=10, seconds=1.0)
    assert (content(files), files.attributes(PATH).original_name) == (b"hello", "a.txt")


def test_that_of_the_records(db):
    files = filesystem()
    files.upload("pbc_code/r1/a.txt", b"hello")
    try:
        assert content(files, "pbc_code/r1/a.txt") == b"hello"
        with pytest.raises(NameRefused):
            files.upload("pbc_code/r1/a.txt.attrs", b"hello")
    finally:
        files.delete_prefix("pbc_code/")

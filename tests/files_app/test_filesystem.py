"""What code may do with stored files, in a folder and in a bucket (contract/hooks.md 6)."""

import re
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from PIL import Image

from collections_app.fields.file_names import PendingFile
from collections_app.records.storage import FileAttributes, NameRefused
from files_app import filesystem as facility
from files_app.filesystem import Filesystem, filesystem, local_filesystem, s3_filesystem
from files_app.s3_storage import S3RecordStorage
from files_app.thumbs import ThumbFailed, thumb_path
from tests.files_app.s3_servers import new_bucket

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


def test_a_file_without_a_folder_has_thumbs_too(files):
    files.upload("a.png", picture("red"))
    assert files.thumb("a.png", "50x50") == "thumbs_a.png/50x50_a.png"
    assert sorted(files.list("")) == ["a.png", "thumbs_a.png/50x50_a.png"]
    files.delete("a.png")
    assert list(files.list("")) == []


def test_places_do_not_share_thumbs(tmp_path):
    broken, good = (local_filesystem(tmp_path / name) for name in ("broken", "good"))
    broken.upload("a.png", picture("red")[:60])
    good.upload("a.png", picture("red"))
    with pytest.raises(ThumbFailed):
        broken.thumb("a.png", "50x50")
    assert good.exists(good.thumb("a.png", "50x50"))


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
    for ask in (files.open, files.attributes, files.pending, lambda path: files.copy(path, "c1/r2/b.txt")):
        with pytest.raises(FileNotFoundError):
            ask(PATH)
    assert list(files.list("c1/")) == []


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../data.db", id="outside"),
        pytest.param("/etc/hostname", id="absolute"),
        pytest.param("c1/r1", id="folder"),
        pytest.param("c1/r1/", id="folder_with_its_slash"),
        pytest.param(f"{PATH}/x", id="below_a_file"),
        pytest.param("c1/a\0b", id="nul"),
        pytest.param(f"c1/{'a' * 300}", id="long_name"),
        pytest.param("", id="empty"),
    ],
)
def test_what_can_be_no_file_is_none(files, path):
    files.upload(PATH, b"hello")
    assert not files.exists(path)
    for ask in (files.open, files.attributes, lambda path: files.serve(RequestFactory().get("/"), path)):
        with pytest.raises(FileNotFoundError):
            ask(path)


def test_what_is_deleted_is_gone(files):
    for path in (PATH, "c1/r1/b.txt", "c1/r2/c.txt", "c2/r1/d.txt"):
        files.upload(path, b"x")
    files.delete(PATH)
    files.delete(PATH)
    files.delete_prefix("c1/r1/")
    assert sorted([*files.list("c1/"), *files.list("c2/")]) == ["c1/r2/c.txt", "c2/r1/d.txt"]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        pytest.param("c1/r1/", ["c1/r1/ab.png", "c1/r1/ac.txt"], id="folder"),
        pytest.param("c1/r1/ab", ["c1/r1/ab.png"], id="beginning_of_a_name"),
        pytest.param("c1/r", ["c1/r1/ab.png", "c1/r1/ac.txt", "c1/r2/ab.png"], id="beginning_of_a_folder"),
        pytest.param("c1/r1", ["c1/r1/ab.png", "c1/r1/ac.txt"], id="folder_without_its_slash"),
        pytest.param("c1/r3/", [], id="nothing"),
    ],
)
def test_what_begins_with_a_prefix(files, prefix, found):
    every = ["c1/r1/ab.png", "c1/r1/ac.txt", "c1/r2/ab.png", "c2/r1/ab.png"]
    for path in every:
        files.upload(path, picture("red"))
    assert sorted(files.list(prefix)) == found
    files.thumb("c1/r1/ab.png", "50x50")
    files.delete_prefix(prefix)
    left = sorted({*every} - {*found})
    thumb = [] if "c1/r1/ab.png" in found else ["c1/r1/thumbs_ab.png/50x50_ab.png"]
    assert sorted(files.list("")) == sorted([*left, *thumb])


def test_no_empty_prefix_is_deleted(files):
    files.upload(PATH, b"x")
    with pytest.raises(ValueError, match="empty"):
        files.delete_prefix("")
    assert files.exists(PATH)


@pytest.mark.parametrize("keeps_name", [False, True])
def test_a_stored_file_may_be_given_to_another_record(files, keeps_name):
    files.upload("c1/r1/report_1234567890.txt", b"hello", original_name="My report.txt")
    pending = files.pending("c1/r1/report_1234567890.txt", keeps_name=keeps_name)
    assert (pending.original_name, pending.size_bytes) == ("My report.txt", 5)
    assert (pending.name == "report_1234567890.txt") is keeps_name
    assert re.fullmatch(r"(my_)?report_[a-z0-9]{10}\.txt", pending.name)
    files.upload("c1/r2/copy.txt", pending)
    assert (content(files, "c1/r2/copy.txt"), files.attributes("c1/r2/copy.txt").original_name) == (
        b"hello",
        "My report.txt",
    )


def test_a_file_without_an_original_name_is_called_as_it_is_stored(files):
    files.storage.store("c1/r1/a.txt", ContentFile(b"hello"), FileAttributes("text/plain", ""))
    assert files.pending("c1/r1/a.txt").original_name == "a.txt"


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


@pytest.mark.parametrize(
    ("query", "disposition"),
    [
        pytest.param("", "inline", id="not_asked_for"),
        pytest.param("?download=1", "attachment", id="asked_for"),
        pytest.param("?download=perhaps", "inline", id="unclear"),
    ],
)
def test_it_is_saved_when_the_request_says_so(files, query, disposition):
    files.upload("c1/r1/a.png", picture("red"))
    answer = files.serve(RequestFactory().get(f"/{query}"), "c1/r1/a.png")
    assert answer["content-disposition"] == f"{disposition}; filename=a.png"


def test_from_an_address(files, monkeypatch):
    def download(url, *, most_bytes, seconds):
        assert (url, most_bytes, seconds) == ("https://example.com/a.txt", 10, 1.0)
        return PendingFile.from_bytes("a.txt", b"hello")

    monkeypatch.setattr(facility, "download", download)
    files.upload_from_url(PATH, "https://example.com/a.txt", most_bytes=10, seconds=1.0)
    assert (content(files), files.attributes(PATH).original_name) == (b"hello", "a.txt")


def test_a_folder_of_ones_own(tmp_path):
    files = local_filesystem(tmp_path / "exports")
    files.upload("2026/january.csv", b"a,b\n")
    assert (tmp_path / "exports/2026/january.csv").read_bytes() == b"a,b\n"
    assert (tmp_path / "exports/2026/january.csv").stat().st_mode & 0o077 == 0


def test_a_bucket_of_ones_own():
    s3 = new_bucket()
    files = s3_filesystem(
        s3.bucket,
        endpoint=s3.endpoint,
        region=s3.region,
        access_key=s3.access_key,
        secret=s3.secret,
        force_path_style=True,
    )
    files.upload("2026/january.csv", b"a,b\n")
    assert S3RecordStorage(s3).attributes("2026/january.csv").size_bytes == 4


def test_that_of_the_records(db):
    files = filesystem()
    files.upload("pbc_code/r1/a.txt", b"hello")
    try:
        assert content(files, "pbc_code/r1/a.txt") == b"hello"
        with pytest.raises(NameRefused):
            files.upload("pbc_code/r1/a.txt.attrs", b"hello")
    finally:
        files.delete_prefix("pbc_code/")

"""Whole answers with a stored file (contract/files.md 2)."""

import asyncio
import os

import pytest
from django.core.files.base import ContentFile
from django.core.signals import request_finished
from django.http.response import ResponseHeaders

from collections_app.records.storage import FileAttributes
from files_app.local_storage import LocalRecordStorage
from files_app.preconditions import Conditions
from files_app.serving import CACHING, SANDBOX, SMALL_BYTES, Wish, file_answer
from platform_app.requests.file_answers import CHUNK_BYTES, ZERO_COPY, FileAnswer, copy_out
from tests.files_app.s3_servers import client_of

PATH = "c1/r1/a.txt"
CONTENT = b"0123456789"
SECONDS = 1767323045
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
PLAIN = "text/plain; charset=utf-8"


@pytest.fixture
def storage(tmp_path):
    return LocalRecordStorage(location=tmp_path)


def put(storage, content=CONTENT, *, path=PATH, content_type=PLAIN):
    storage.store(path, ContentFile(content), FileAttributes(content_type, ""))
    os.utime(storage.path(path), (SECONDS, SECONDS))


def answered(storage, *, path=PATH, name="a.txt", headers=None, is_head=False, is_download=False, **asked):
    """Status, headers and content of an answer."""
    wish = Wish(is_head=is_head, is_download=is_download, conditions=Conditions(**asked))
    answer = file_answer(storage, path, name, wish=wish, headers=ResponseHeaders(headers or {}))
    return answer.status_code, dict(answer.items()), b"".join(answer)


OWN = {
    "Content-Disposition": "attachment; filename=a.txt",
    "Content-Type": PLAIN,
    "Content-Security-Policy": SANDBOX,
    "Cache-Control": CACHING,
    "Last-Modified": DATE,
}
RANGED = {**OWN, "Accept-Ranges": "bytes"}
WITHOUT = {name: OWN[name] for name in ("Content-Disposition", "Content-Security-Policy")}


def test_a_whole_file(storage):
    put(storage)
    assert answered(storage) == (200, {**RANGED, "Content-Length": "10"}, CONTENT)


@pytest.mark.parametrize(
    ("range_header", "content_range", "content"),
    [
        pytest.param("bytes=0-3", "bytes 0-3/10", b"0123", id="first"),
        pytest.param("bytes=-2", "bytes 8-9/10", b"89", id="last"),
        pytest.param("bytes=0-", "bytes 0-9/10", CONTENT, id="all"),
        pytest.param("bytes=-0", "bytes 10-9/10", b"", id="nothing"),
    ],
)
def test_a_part(storage, range_header, content_range, content):
    put(storage)
    headers = {**RANGED, "Content-Range": content_range, "Content-Length": str(len(content))}
    assert answered(storage, range=range_header) == (206, headers, content)


def test_several_parts(storage):
    put(storage)
    status, headers, content = answered(storage, range="bytes=0-1,8-")
    kind, _, boundary = headers["Content-Type"].partition("; boundary=")
    assert (status, kind, len(boundary)) == (206, "multipart/byteranges", 60)
    assert content.decode().split("\r\n") == [
        f"--{boundary}",
        "Content-Range: bytes 0-1/10",
        f"Content-Type: {PLAIN}",
        "",
        "01",
        f"--{boundary}",
        "Content-Range: bytes 8-9/10",
        f"Content-Type: {PLAIN}",
        "",
        "89",
        f"--{boundary}--",
        "",
    ]
    length = {"Content-Type": headers["Content-Type"], "Content-Length": str(len(content))}
    assert headers == {**RANGED, **length}


@pytest.mark.parametrize(
    ("range_header", "text", "more"),
    [
        ("bytes=99-", b"invalid range: failed to overlap\n", {"Content-Range": "bytes */10"}),
        ("items=0-1", b"invalid range\n", {}),
    ],
)
def test_a_range_that_cannot_be(storage, range_header, text, more):
    put(storage)
    told = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(text))}
    assert answered(storage, range=range_header) == (416, {**WITHOUT, **told, **more}, text)


def test_not_modified(storage):
    put(storage)
    kept = {name: value for name, value in OWN.items() if name != "Content-Type"}
    assert answered(storage, if_modified_since=DATE) == (304, kept, b"")


def test_a_precondition_that_failed(storage):
    put(storage)
    assert answered(storage, if_match='"x"') == (412, OWN, b"")


@pytest.mark.parametrize(
    ("asked", "status", "length"),
    [({}, 200, "10"), ({"range": "bytes=2-4"}, 206, "3")],
)
def test_head_says_how_long_the_content_would_be(storage, asked, status, length):
    put(storage)
    got_status, headers, content = answered(storage, is_head=True, **asked)
    assert (got_status, headers["Content-Length"], content) == (status, length, b"")


@pytest.mark.parametrize(
    ("content_type", "disposition"),
    [
        pytest.param("image/png", "inline", id="picture"),
        pytest.param("video/mp4", "inline", id="film"),
        pytest.param("audio/mpeg", "inline", id="sound"),
        pytest.param("application/pdf", "inline", id="pdf"),
        pytest.param("image/png; charset=utf-8", "attachment", id="with_a_parameter"),
        pytest.param("IMAGE/PNG", "attachment", id="in_capitals"),
        pytest.param("image/svg+xml", "attachment", id="svg"),
        pytest.param("text/html; charset=utf-8", "attachment", id="html"),
        pytest.param("application/octet-stream", "attachment", id="unknown"),
    ],
)
def test_only_what_runs_no_scripts_is_shown(storage, content_type, disposition):
    put(storage, content_type=content_type)
    headers = answered(storage)[1]
    assert headers["Content-Disposition"] == f"{disposition}; filename=a.txt"
    assert (headers["Content-Type"], headers["Content-Security-Policy"]) == (content_type, SANDBOX)


def test_a_picture_is_saved_when_somebody_wants_to(storage):
    put(storage, content_type="image/png")
    assert answered(storage, is_download=True)[1]["Content-Disposition"] == "attachment; filename=a.txt"


OFFICE = "application/vnd.openxmlformats-officedocument"


@pytest.mark.parametrize(
    ("name", "stored", "sent"),
    [
        pytest.param("a.svg", "text/plain", "image/svg+xml", id="svg"),
        pytest.param("a.css", "text/plain", "text/css", id="css"),
        pytest.param("a.js", "text/plain", "text/javascript", id="js"),
        pytest.param("a.mjs", "text/plain", "text/javascript", id="mjs"),
        pytest.param("a.xlsx", "application/zip", f"{OFFICE}.spreadsheetml.sheet", id="xlsx"),
        pytest.param("a.docx", "application/zip", f"{OFFICE}.wordprocessingml.document", id="docx"),
        pytest.param("a.pptx", "application/zip", f"{OFFICE}.presentationml.presentation", id="pptx"),
        pytest.param(".svg", "text/plain", "image/svg+xml", id="nothing_before_it"),
        pytest.param("a.SVG", "text/plain", "text/plain", id="capitals"),
        pytest.param("a.svg.txt", "text/plain", "text/plain", id="not_at_the_end"),
        pytest.param("svg", "text/plain", "text/plain", id="no_dot"),
    ],
)
def test_extensions_whose_type_is_fixed(storage, name, stored, sent):
    put(storage, path=f"c1/r.svg/{name}", content_type=stored)
    headers = answered(storage, path=f"c1/r.svg/{name}", name=name)[1]
    assert (headers["Content-Type"], headers["Content-Disposition"]) == (
        sent,
        f"attachment; filename={name}",
    )


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        pytest.param("größe.txt", "größe.txt".encode(), id="utf8"),
        pytest.param("a\r\nX-Evil: 1.txt", b"a  X-Evil: 1.txt", id="line_breaks"),
        pytest.param("a\0b", b"a b", id="nul"),
    ],
)
def test_names_that_are_no_plain_header(storage, name, sent):
    put(storage)
    disposition = answered(storage, name=name)[1]["Content-Disposition"]
    assert disposition.encode("latin-1") == b"attachment; filename=" + sent


def test_headers_of_hooks_are_kept(storage):
    put(storage)
    own = {
        "cache-control": "no-store",
        "Content-Type": "text/x-own",
        "ETag": '"1"',
        "X-Frame-Options": "DENY",
    }
    status, headers, _ = answered(storage, headers=own, if_none_match='"2"')
    expected = {
        "Content-Disposition": OWN["Content-Disposition"],
        "Content-Security-Policy": SANDBOX,
        "Last-Modified": DATE,
        "Accept-Ranges": "bytes",
        "Content-Length": "10",
    }
    assert (status, headers) == (200, {**own, **expected})
    assert answered(storage, headers=own, if_none_match='"1"')[0] == 304


def test_packed_content_has_no_length_of_its_own(storage):
    """Whoever sets Content-Encoding may pack what is sent; a part has its length in any case."""
    put(storage)
    packed = {"Content-Encoding": "br"}
    assert "Content-Length" not in answered(storage, headers=packed)[1]
    assert answered(storage, headers=packed, range="bytes=0-1")[1]["Content-Length"] == "2"


def test_an_empty_file(storage):
    put(storage, b"")
    assert answered(storage, range="bytes=0-") == (200, {**RANGED, "Content-Length": "0"}, b"")


class Read(ContentFile):
    """A file that remembers how much was read of it at once."""

    def __init__(self, content):
        super().__init__(content)
        self.reads = []
        self.is_closed = False

    def close(self):
        self.is_closed = True

    def read(self, *size):
        self.reads.append(size)
        return super().read(*size)


@pytest.mark.django_db  # Django looks after its connections when an answer is closed
@pytest.mark.parametrize("size", [SMALL_BYTES, SMALL_BYTES + 1, 3 * CHUNK_BYTES + 1])
def test_a_large_file_is_never_in_memory(storage, monkeypatch, size):
    content = os.urandom(size)
    put(storage, content)
    opened = Read(content)
    monkeypatch.setattr(storage, "open", lambda path: opened)
    answer = file_answer(storage, PATH, "a.txt", wish=Wish(), headers=ResponseHeaders({}))
    is_large = size > SMALL_BYTES
    assert (isinstance(answer, FileAnswer), bool(opened.reads)) == (is_large, not is_large)
    assert b"".join(answer) == content
    assert all(0 < size <= CHUNK_BYTES for (size,) in opened.reads)
    answer.close()
    assert opened.is_closed


def test_what_was_copied_out_is_let_go_of_without_receivers_of_the_end_of_requests(storage):
    put(storage, bytes(SMALL_BYTES + 1))
    answer = file_answer(storage, PATH, "a.txt", wish=Wish(), headers=ResponseHeaders({}))
    assert isinstance(answer, FileAnswer)
    ends, sent = [], []
    answer._resource_closers.append(lambda: ends.append("request"))

    async def send(message):
        sent.append(message)

    def receiver(**kwargs):
        ends.append("signal")

    request_finished.connect(receiver)
    try:
        asyncio.run(copy_out(answer, send))
    finally:
        request_finished.disconnect(receiver)
    assert (answer.file.closed, ends) == (True, ["request"])
    assert [message["type"] for message in sent] == [ZERO_COPY, "http.response.body"]


@pytest.mark.parametrize("is_head", [False, True])
def test_a_missing_file(storage, is_head):
    with pytest.raises(FileNotFoundError):
        answered(storage, is_head=is_head)


@pytest.mark.parametrize(
    ("size", "range_header", "start", "end"),
    [(10, "bytes=2-4", 2, 5), (300_000, "", 0, 300_000), (300_000, "bytes=100000-290000", 100_000, 290_001)],
)
def test_a_file_in_a_bucket(bucket, size, range_header, start, end):
    content = os.urandom(size)
    bucket.store(PATH, ContentFile(content), FileAttributes("image/png", ""))
    status, headers, sent = answered(bucket, range=range_header)
    assert (status, headers["Content-Type"]) == (206 if range_header else 200, "image/png")
    assert (int(headers["Content-Length"]), sent) == (end - start, content[start:end])


@pytest.mark.parametrize(
    ("extensions", "headers", "can_be"),
    [
        pytest.param({ZERO_COPY: {}}, {}, True, id="copied"),
        pytest.param({}, {}, False, id="a_server_that_cannot"),
        pytest.param({ZERO_COPY: {}}, {"Content-Encoding": "br"}, False, id="no_length"),
    ],
)
def test_what_the_server_copies(storage, extensions, headers, can_be):
    put(storage, bytes(SMALL_BYTES + 1))
    answer = file_answer(storage, PATH, "a.txt", wish=Wish(), headers=ResponseHeaders(headers))
    assert isinstance(answer, FileAnswer)
    assert answer.can_be_copied({"extensions": extensions}) is can_be
    answer.file.close()


LATER, EARLIER = "Fri, 01 Jan 2100 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("size", "asked", "requests"),
    [
        pytest.param(300_000, {}, ["GET"], id="whole"),
        pytest.param(300_000, {"is_head": True}, ["HEAD"], id="head"),
        pytest.param(300_000, {"range": "bytes=100-199"}, ["GET bytes=100-199"], id="small_part"),
        pytest.param(300_000, {"range": "bytes=100-200099"}, ["GET bytes=100-200099"], id="large_part"),
        pytest.param(300_000, {"range": "bytes=-100"}, ["GET bytes=-100"], id="last"),
        pytest.param(300_000, {"range": "bytes=0-"}, ["GET bytes=0-"], id="all"),
        pytest.param(300_000, {"range": "bytes=400000-"}, ["GET bytes=400000-", "HEAD"], id="behind_the_end"),
        pytest.param(300_000, {"range": "bytes=9-5"}, ["HEAD"], id="malformed"),
        pytest.param(300_000, {"range": "bytes=-"}, ["HEAD"], id="no_numbers"),
        pytest.param(300_000, {"if_modified_since": LATER}, ["HEAD"], id="not_modified"),
        pytest.param(300_000, {"if_modified_since": EARLIER}, ["HEAD", "GET"], id="modified"),
        pytest.param(
            300_000,
            {"range": "bytes=0-9,200000-200009"},
            ["HEAD", "GET bytes=0-9", "GET bytes=200000-"],
            id="several",
        ),
        pytest.param(10_000, {"range": "bytes=0-9,200-209"}, ["HEAD", "GET"], id="several_of_a_small_one"),
        pytest.param(
            300_000,
            {"range": "bytes=5-9", "if_range": EARLIER},
            ["HEAD", "GET"],
            id="a_part_of_what_was",
        ),
    ],
)
def test_how_often_a_bucket_is_asked(bucket, size, asked, requests):
    bucket.store(PATH, ContentFile(bytes(size)), FileAttributes("image/png", ""))
    seen = []

    def note(model, params, **kwargs):
        seen.append(f"{model.http['method']} {params['headers'].get('Range', '')}".strip())

    client_of(bucket).meta.events.register("before-call.s3", note)
    answered(bucket, **asked)
    assert seen == requests


def test_the_server_does_not_copy_from_a_bucket(bucket):
    bucket.store(PATH, ContentFile(bytes(SMALL_BYTES + 1)), FileAttributes("image/png", ""))
    answer = file_answer(bucket, PATH, "a.txt", wish=Wish(), headers=ResponseHeaders({}))
    assert isinstance(answer, FileAnswer)
    assert not answer.can_be_copied({"extensions": {ZERO_COPY: {}}})
    answer.file.close()

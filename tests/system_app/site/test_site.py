"""The static site as visitors see it: asked of PocketBase 0.39.11, with a folder of the same odd names."""

import os
import subprocess

import pytest
from django.http import HttpRequest
from django.test import Client

from files_app.serving import SMALL_BYTES
from platform_app.requests.file_answers import FileAnswer
from system_app.site import sending
from system_app.site.folder import Folder
from tests.served import ROOT, manage

SECONDS = 1700000000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
INDEX = b"<!doctype html><title>root</title>"
HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Xss-Protection": "1; mode=block",
    "Vary": "Origin",
}
FILES = {
    "index.html": INDEX,
    "a.txt": b"hello text",
    "a b.txt": b"space",
    "ünï.txt": b"unicode",
    "%41.txt": b"percent",
    ".hidden": b"hidden",
    "...": b"three dots",
    "..a.txt": b"two dots",
    "a\\b.txt": b"backslash",
    "q?#;+.txt": b"punctuation",
    "line\nfeed.txt": b"line feed",
    "noext": b"plain",
    "bin": b"\0\1\2\3",
    "zero": b"",
    "old-index.html": b"old",
    "sub/index.html": b"sub index",
    "sub/x.txt": b"sub x",
    "empty/f.txt": b"without index",
    "\\evil/x.txt": b"evil",
    "api/health": b"never seen",
    "api/own.txt": b"own",
    "index.html.d/x.txt": b"x",
}


@pytest.fixture
def public(tmp_path, settings):
    root = tmp_path / "pb_public"
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (SECONDS, SECONDS))
    (tmp_path / "outside.txt").write_bytes(b"outside")
    (root / "link.txt").symlink_to("../outside.txt")
    (root / "dangling").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    (root / "indexdir/index.html").mkdir(parents=True)
    os.mkfifo(root / "pipe")
    settings.JOEY_PUBLIC_DIR = root
    return root


def answered(path, method="get", **headers):
    # As our own handler: which slashes of a path were encoded, Django's test client does not tell.
    return getattr(Client(headers=headers), method)(path, RAW_PATH=path.partition("?")[0])


def ask(path, method="get", **headers):
    """Status, what distinguishes the answer, and the body."""
    response = answered(path, method, **headers)
    body = b"".join(response) if response.streaming else response.content
    said = response.headers.get("Location") or response.headers.get("Content-Type")
    return response.status_code, said, body


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "content_type", "content"),
    [
        pytest.param("/", HTML, INDEX, id="index"),
        pytest.param("/a.txt", TEXT, b"hello text", id="file"),
        pytest.param("/a.txt?x=1", TEXT, b"hello text", id="query"),
        pytest.param("/a%20b.txt", TEXT, b"space", id="space"),
        pytest.param("/%C3%BCn%C3%AF.txt", TEXT, b"unicode", id="unicode"),
        pytest.param("/%2541.txt", TEXT, b"percent", id="percent"),
        pytest.param("/.hidden", TEXT, b"hidden", id="hidden"),
        pytest.param("/...", TEXT, b"three dots", id="three_dots"),
        pytest.param("/..a.txt", TEXT, b"two dots", id="two_dots"),
        pytest.param("/a%5Cb.txt", TEXT, b"backslash", id="backslash"),
        pytest.param("/q%3F%23;+.txt", TEXT, b"punctuation", id="punctuation"),
        pytest.param("/line%0Afeed.txt", TEXT, b"line feed", id="line_feed"),
        pytest.param("/noext", TEXT, b"plain", id="no_ending"),
        pytest.param("/bin", "application/octet-stream", b"\0\1\2\3", id="binary"),
        pytest.param("/zero", TEXT, b"", id="empty_file"),
        pytest.param("/old-index.html", HTML, b"old", id="name_that_ends_like_an_index"),
        pytest.param("/sub/", HTML, b"sub index", id="folder"),
        pytest.param("/sub/x.txt", TEXT, b"sub x", id="file_in_folder"),
        pytest.param("/sub%2Fx.txt", TEXT, b"sub x", id="encoded_slash"),
        pytest.param("/%2Fa.txt", TEXT, b"hello text", id="encoded_slash_before_a_name"),
        pytest.param("/sub/%2e%2e/a.txt", TEXT, b"hello text", id="way_up_within"),
        pytest.param("/link.txt", TEXT, b"outside", id="link_out_of_the_folder"),
        pytest.param("/api/own.txt", TEXT, b"own", id="below_api"),
    ],
)
def test_a_file(public, path, content_type, content):
    assert ask(path) == (200, content_type, content)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        pytest.param("/index.html", "/", id="index"),
        pytest.param("/sub/index.html", "/sub/", id="index_of_a_folder"),
        pytest.param("/sub", "/sub/", id="folder"),
        pytest.param("/sub?x=1", "/sub/", id="query_goes"),
        pytest.param("/empty", "/empty/", id="folder_without_index"),
        pytest.param("/a.txt/", "/a.txt", id="file_with_slash"),
        pytest.param("/sub%2Fx.txt/", "/sub/x.txt", id="encoded_slash"),
        pytest.param("/api/health/", "/api/health", id="below_api"),
        pytest.param("/a%20b.txt/", "/a%20b.txt", id="space"),
        pytest.param("/%C3%BCn%C3%AF.txt/", "/%C3%BCn%C3%AF.txt", id="unicode"),
        pytest.param("/q%3F%23;+.txt/", "/q%3F%23;+.txt", id="punctuation"),
        pytest.param("/%5Cevil", "/evil/", id="backslash"),
        pytest.param("/%5C%5Cevil.com/%2e%2e", "/evil.com/../", id="other_host"),
        pytest.param("/%2Fevil.com/%2e%2e", "/evil.com/../", id="other_host_by_slash"),
        pytest.param("/index.html.d", "/index.html.d/", id="folder_named_like_an_index"),
        pytest.param("/indexdir/index.html", "/indexdir/index.html/", id="index_that_is_a_folder"),
    ],
)
def test_a_redirect_to_the_one_address(public, path, location):
    response = answered(path)
    assert (response.status_code, dict(response.headers), response.content) == (
        301,
        {"Location": location, **SECURITY},
        b"",
    )


ABSENT = [
    pytest.param("/nope", id="unknown"),
    pytest.param("/%2F/a.txt", id="encoded_slash_as_a_folder"),
    pytest.param("/nope.js", id="unknown_file"),
    pytest.param("/nope/", id="unknown_folder"),
    pytest.param("/a.txt/nope", id="below_a_file"),
    pytest.param("/empty/", id="folder_without_index"),
    pytest.param("/indexdir/", id="index_that_is_a_folder"),
    pytest.param("/dangling", id="dangling_link"),
    pytest.param("/loop", id="loop"),
    pytest.param("/pipe", id="pipe"),
    pytest.param("/%00", id="nul"),
    pytest.param("/a.txt%00", id="nul_behind"),
    pytest.param("/bad%FF.txt", id="no_utf8"),
    pytest.param("/" + "x" * 300, id="long_name"),
    pytest.param("/" + "x/" * 3000, id="long_path"),
    pytest.param("/%2e%2e/outside.txt", id="way_up"),
    pytest.param("/..%2foutside.txt", id="way_up_by_slash"),
    pytest.param("/sub/..%2f..%2foutside.txt", id="way_up_from_below"),
    pytest.param("/%2Foutside.txt", id="absolute"),
    pytest.param("/%2F%2Fetc/passwd", id="absolute_with_two_slashes"),
    pytest.param("/%2e%2e", id="above"),
    pytest.param("/api/nope", id="below_api"),
    pytest.param("/api/batch", id="route_of_another_method"),
    pytest.param("/api/collections/users/auth-refresh", id="hot_route_of_another_method"),
]


@pytest.mark.parametrize("path", ABSENT)
def test_the_index_page_stands_for_what_is_not_there(public, path):
    assert ask(path) == (200, HTML, INDEX)


NOT_FOUND = (404, "application/json", b'{"data":{},"message":"File not found.","status":404}\n')


@pytest.mark.parametrize("path", ABSENT)
def test_without_fallback_it_is_not_found(public, settings, path):
    settings.JOEY_INDEX_FALLBACK = False
    assert ask(path) == NOT_FOUND


@pytest.mark.parametrize("path", ["/", "/nope", "/index.html", "/index.html/", "/sub/nope"])
def test_without_an_index_page_it_is_not_found(public, path):
    (public / "index.html").unlink()
    assert ask(path) == NOT_FOUND


@pytest.mark.parametrize("path", ["/", "/nope", "/index.html", "/sub", "/api/batch"])
def test_without_a_folder_nothing_is_found(settings, tmp_path, path):
    settings.JOEY_PUBLIC_DIR = tmp_path / "nowhere"
    assert ask(path) == NOT_FOUND


def test_routes_come_before_files(public):
    status, content_type, content = ask("/api/health")
    assert (status, content_type, b"never seen" in content) == (200, "application/json", False)


def test_a_view_that_finds_nothing_says_so(public):
    assert ask("/api/collections/nope/records")[:2] == (404, "application/json")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/a.txt", "/", "/nope", "/api/nope"])
def test_other_methods_find_nothing(public, path, method):
    message = b'{"data":{},"message":"The requested resource wasn\'t found.","status":404}\n'
    assert ask(path, method) == (404, "application/json", message)


def test_the_headers_of_a_file(public):
    response = Client().get("/a.txt")
    assert dict(response.headers) == {
        "Accept-Ranges": "bytes",
        "Content-Length": "10",
        "Content-Type": TEXT,
        "Last-Modified": DATE,
        **SECURITY,
    }


def test_head_has_the_same_headers(public):
    head, whole = Client().head("/a.txt"), Client().get("/a.txt")
    assert (head.status_code, head.headers, head.content) == (200, whole.headers, b"")


@pytest.mark.parametrize(
    ("asked", "status", "headers", "content"),
    [
        pytest.param({"range": "bytes=0-3"}, 206, {"Content-Range": "bytes 0-3/10"}, b"hell", id="range"),
        pytest.param({"range": "bytes=99-"}, 416, {"Content-Range": "bytes */10"}, None, id="range_behind"),
        pytest.param({"if-modified-since": DATE}, 304, {"Last-Modified": DATE}, b"", id="not_modified"),
        pytest.param(
            {"if-unmodified-since": "Mon, 14 Nov 2022 22:13:20 GMT"},
            412,
            {"Last-Modified": DATE},
            b"",
            id="newer",
        ),
    ],
)
def test_parts_and_conditions(public, asked, status, headers, content):
    response = Client(headers=asked).get("/a.txt")
    assert response.status_code == status
    assert {name: response.headers[name] for name in headers} == headers
    assert content is None or response.content == content
    assert response.headers.get("Content-Type") == {206: TEXT, 416: TEXT}.get(status)


def test_a_large_file_is_not_read_into_memory(public):
    (public / "large.bin").write_bytes(bytes(SMALL_BYTES + 1))
    response = Client().get("/large.bin")
    assert isinstance(response, FileAnswer)
    assert b"".join(response) == bytes(SMALL_BYTES + 1)
    response.close()
    assert response.file.closed


@pytest.mark.parametrize("asked", [{}, {"range": "x"}, {"if-modified-since": DATE}])
@pytest.mark.parametrize("method", ["get", "head"])
def test_small_files_are_closed(public, monkeypatch, method, asked):
    opened = []
    monkeypatch.setattr(
        sending.os, "fstat", lambda number, real=os.fstat: opened.append(number) or real(number)
    )
    ask("/a.txt", method, **asked)
    assert opened
    for number in opened:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.pread(number, 1, 0)


def test_files_are_left_out_of_the_log(public):
    request = HttpRequest()
    request.method, request.path_info = "GET", "/a.txt"
    Folder(public).answer(request, "a.txt")
    assert request._skips_success_log is True


def test_no_route_of_the_api_looks_for_files(public, monkeypatch):
    def fail(*arguments):
        raise AssertionError("the site was asked")

    monkeypatch.setattr(Folder, "answer", fail)
    assert ask("/api/health")[0] == 200
    assert ask("/api/collections/users/auth-methods")[0] in {200, 404}


def test_a_disk_that_fails_is_logged(public, monkeypatch, caplog):
    def fail(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(sending.os, "stat", fail)
    assert ask("/a.txt") == (200, HTML, INDEX)
    assert "a.txt cannot be served" in caplog.text


def test_the_data_directory_must_not_be_in_it(tmp_path):
    command = manage(tmp_path / "site" / "pb_data", "doctor", PUBLIC_DIR=str(tmp_path / "site"))
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - ours
    assert (ended.returncode, ended.stderr.startswith("Error: PUBLIC_DIR: ")) == (1, True)

"""Requests from code: what is sent, what comes back, and when it ends."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser

from collections_app.fields.file_names import PendingFile
from platform_app.database.lanes import NeedsPool, thread
from platform_app.http.sending import send
from platform_app.outgoing.answer import RequestFailed
from platform_app.outgoing.patience import at_most


@dataclass
class Seen:
    method: str
    path: str
    headers: dict
    body: bytes

    def form(self):
        """The fields and files of the form, as Django reads them."""
        request = HttpRequest()
        request.META = {
            "CONTENT_TYPE": self.headers["content-type"],
            "CONTENT_LENGTH": self.headers["content-length"],
        }
        request._stream = self
        request._read_started = False
        self._at = 0
        return MultiPartParser(request.META, self, [MemoryUpload(request)]).parse()

    def read(self, size=-1):
        end = len(self.body) if size is None or size < 0 else self._at + size
        found, self._at = self.body[self._at : end], min(end, len(self.body))
        return found


def MemoryUpload(request):
    from django.core.files.uploadhandler import MemoryFileUploadHandler

    handler = MemoryFileUploadHandler(request)
    handler.activated = True
    return handler


class Elsewhere:
    """A server that notes what it is asked, and answers as `replies` say: status, headers, body, by path."""

    def __init__(self):
        self.seen = []
        self.replies = {}
        self.closing = threading.Event()
        elsewhere = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                elsewhere.seen.append(Seen(self.command, self.path, headers, body))
                status, sent, content = elsewhere.replies.get(self.path, (200, [], b""))
                self.send_response(status)
                for name, value in sent:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content) if content is not None else 9))
                self.end_headers()
                if content is None:  # never all of it
                    elsewhere.closing.wait(30)
                elif self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def elsewhere():
    server = Elsewhere()
    yield server
    server.close()


@pytest.fixture
def another():
    server = Elsewhere()
    yield server
    server.close()


# --- what is sent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "method", "content_type", "body"),
    [
        pytest.param({}, "GET", None, b"", id="usual"),
        pytest.param({"method": "delete"}, "DELETE", None, b"", id="method"),
        pytest.param({"method": "POST", "body": "tést"}, "POST", None, "tést".encode(), id="text"),
        pytest.param({"method": "PUT", "body": b"\x00\xff"}, "PUT", None, b"\x00\xff", id="bytes"),
        pytest.param(
            {"method": "POST", "json": {"a": [1, None]}},
            "POST",
            "application/json",
            b'{"a":[1,null]}',
            id="json",
        ),
        pytest.param(
            {"method": "PATCH", "json": [], "headers": {"content-type": "application/x+json"}},
            "PATCH",
            "application/x+json",
            b"[]",
            id="json_by_another_name",
        ),
    ],
)
def test_what_is_sent(elsewhere, given, method, content_type, body):
    assert send(elsewhere.url("/a?b=1"), **given).status == 200
    (seen,) = elsewhere.seen
    assert (seen.method, seen.path, seen.body) == (method, "/a?b=1", body)
    assert seen.headers.get("content-type") == content_type


def test_headers_are_sent(elsewhere):
    send(elsewhere.url(), headers={"X-Token": "abc", "User-Agent": "mine"})
    assert (elsewhere.seen[0].headers["x-token"], elsewhere.seen[0].headers["user-agent"]) == ("abc", "mine")


def test_a_form_brings_fields_and_files(elsewhere, tmp_path):
    (tmp_path / 'odd "name".txt').write_bytes(b"\r\n--doc2")
    send(
        elsewhere.url(),
        method="POST",
        form=[
            ("title", "Hello wörld!"),
            ("count", 3),
            ("documents", PendingFile.from_bytes("doc1.txt", b"doc1")),
            ("documents", PendingFile.from_path(tmp_path / 'odd "name".txt')),
        ],
        headers={"Content-Type": "wrong"},
    )
    fields, files = elsewhere.seen[0].form()
    assert dict(fields.lists()) == {"title": ["Hello wörld!"], "count": ["3"]}
    found = [(file.name, file.read()) for file in files.getlist("documents")]
    assert found == [("doc1.txt", b"doc1"), ("odd %22name%22.txt", b"\r\n--doc2")]


def test_a_mapping_is_a_form_too(elsewhere):
    send(elsewhere.url(), method="POST", form={"a\r\nX: 1": "1"})
    fields, files = elsewhere.seen[0].form()
    assert (dict(fields.lists()), files) == ({"a%0D%0AX: 1": ["1"]}, {})


def test_a_request_has_one_body():
    with pytest.raises(TypeError, match="one body"):
        send("http://127.0.0.1:1/", body="a", json={})


# --- what comes back ------------------------------------------------------------------------------------


def test_what_comes_back(elsewhere):
    elsewhere.replies["/"] = (
        404,
        [("X-A", "1"), ("X-A", "2"), ("Set-Cookie", "sessionId=abc; Path=/"), ("Set-Cookie", "b=2")],
        '{"a": 1, "b": 1.0, "ü": "ß"}'.encode(),
    )
    answer = send(elsewhere.url())
    assert (answer.status, answer.text) == (404, '{"a": 1, "b": 1.0, "ü": "ß"}')
    assert [type(value) for value in answer.json().values()] == [int, float, str]
    assert [value for name, value in answer.headers if name == "x-a"] == ["1", "2"]
    assert (answer.header("X-a"), answer.header("X-B")) == ("1", "")
    assert {name: cookie.value for name, cookie in answer.cookies.items()} == {"sessionId": "abc", "b": "2"}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{} x"])
def test_an_answer_that_is_no_json(elsewhere, body):
    elsewhere.replies["/"] = (200, [], body)
    with pytest.raises(RequestFailed, match="not JSON"):
        send(elsewhere.url()).json()


# --- when it ends ---------------------------------------------------------------------------------------


def test_a_server_that_does_not_go_on_is_left(elsewhere):
    elsewhere.replies["/"] = (200, [], None)
    with pytest.raises(RequestFailed):
        send(elsewhere.url(), seconds=0.2)
    assert not elsewhere.closing.is_set()  # it was we who went


def test_who_waits_for_this_thread_has_the_last_word(elsewhere):
    with at_most(0), pytest.raises(RequestFailed):
        send(elsewhere.url())
    assert elsewhere.seen == []


def test_an_endless_answer_is_left(elsewhere):
    elsewhere.replies["/"] = (200, [], b"x" * 1001)
    with pytest.raises(RequestFailed, match="more than 1000 bytes"):
        send(elsewhere.url(), most_bytes=1000)
    assert len(send(elsewhere.url(), most_bytes=1001).body) == 1001


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        pytest.param("http://127.0.0.1:1/", {}, id="nobody_there"),
        pytest.param("ftp://127.0.0.1/", {}, id="scheme"),
        pytest.param("", {}, id="nothing"),
    ],
)
def test_no_answer_is_told(url, headers):
    with pytest.raises(RequestFailed):
        send(url, headers=headers, seconds=30)


def test_a_header_cannot_bring_another(elsewhere):
    with pytest.raises(RequestFailed):
        send(elsewhere.url(), headers={"X-A": "1\r\nX-B: 2"})
    assert elsewhere.seen == []


# --- redirects ------------------------------------------------------------------------------------------


def test_another_server_is_not_told_what_was_for_the_first(elsewhere, another):
    elsewhere.replies["/"] = (302, [("Location", another.url("/b"))], b"")
    another.replies["/b"] = (200, [], b"found")
    answer = send(elsewhere.url(), headers={"Authorization": "secret", "X-Key": "secret"}, body="secret")
    assert (answer.text, elsewhere.seen[0].headers["authorization"]) == ("found", "secret")
    (seen,) = another.seen
    assert (seen.path, seen.body) == ("/b", b"")
    assert not {"authorization", "x-key"} & seen.headers.keys()


def test_the_same_server_is_told_again(elsewhere):
    elsewhere.replies["/"] = (307, [("Location", "/b")], b"")
    send(elsewhere.url(), method="POST", json={"a": 1}, headers={"X-Key": "secret"})
    assert [(one.method, one.path, one.headers["x-key"], one.body) for one in elsewhere.seen] == [
        ("POST", "/", "secret", b'{"a":1}'),
        ("POST", "/b", "secret", b'{"a":1}'),
    ]


def test_a_body_does_not_go_to_another_server(elsewhere, another):
    elsewhere.replies["/"] = (307, [("Location", another.url())], b"")
    with pytest.raises(RequestFailed, match="another server"):
        send(elsewhere.url(), method="POST", json={"a": 1})
    assert another.seen == []


def test_a_redirect_after_a_post_is_the_answer(elsewhere):
    elsewhere.replies["/"] = (303, [("Location", "/b")], b"")
    answer = send(elsewhere.url(), method="POST", body="a")
    assert (answer.status, answer.header("location"), len(elsewhere.seen)) == (303, "/b", 1)


# --- where it may be called -----------------------------------------------------------------------------


def test_an_address_of_ones_own_network_is_not_public(elsewhere):
    with pytest.raises(RequestFailed, match="no address of it is allowed"):
        send(elsewhere.url(), public_only=True)
    assert elsewhere.seen == []


def test_the_event_loop_never_waits(elsewhere, monkeypatch):
    monkeypatch.setattr(thread, "is_inline", True)
    with pytest.raises(NeedsPool):
        send(elsewhere.url())
    assert elsewhere.seen == []


def test_json_is_read_by_others_as_it_was_meant(elsewhere):
    sent = {"text": "<ü>", "number": 1.5, "nested": {"list": [True, None]}}
    send(elsewhere.url(), method="POST", json=sent)
    assert json.loads(elsewhere.seen[0].body) == sent

"""What goes over the wire, to the header (contract/system.md 8 and 17)."""

import json
from html import escape
from typing import Any

import pytest

from tests.served import Answer, Server

HEALTHY = b'{"message":"API is healthy.","code":200,"data":{}}\n'
ORIGIN = {"Origin": "https://app.example.com"}
JSON = ("content-type", "application/json")
CORS = ("access-control-allow-origin", "*")
VARY = ("vary", "Origin")
SECURITY = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "SAMEORIGIN"),
    ("x-xss-protection", "1; mode=block"),
]


def json_answer(status: int, body: bytes, *more: tuple[str, str]) -> Answer:
    length = ("content-length", str(len(body)))
    return Answer(status, sorted([JSON, length, VARY, *SECURITY, *more]), body)


def error(status: int, message: str) -> bytes:
    return f'{{"data":{{}},"message":"{message}","status":{status}}}\n'.encode()


@pytest.mark.parametrize(
    ("headers", "more"),
    [pytest.param({}, [], id="same_origin"), pytest.param(ORIGIN, [CORS], id="cross_origin")],
)
def test_health(served: Server, headers: dict[str, str], more: list[tuple[str, str]]) -> None:
    assert served.request("GET", "/api/health", headers) == json_answer(200, HEALTHY, *more)


def test_head_answers_as_get_without_the_body(served: Server) -> None:
    expected = json_answer(200, HEALTHY)
    assert served.request("HEAD", "/api/health") == Answer(200, expected.headers, b"")


def test_superusers_learn_how_the_server_sees_them(served: Server) -> None:
    credentials = json.dumps({"identity": "test@example.com", "password": "1234567890"})
    headers = {"Content-Type": "application/json"}
    path = "/api/collections/_superusers/auth-with-password"
    token = json.loads(served.request("POST", path, headers, credentials).body)["token"]
    body = b'{"message":"API is healthy.","code":200,"data":%s}\n'
    data = b'{"canBackup":true,"possibleProxyHeader":"","realIP":"127.0.0.1"}'
    assert served.request("GET", "/api/health", {"Authorization": token}) == json_answer(200, body % data)


@pytest.mark.parametrize("path", ["/api/health", "/nowhere"])
def test_preflight(served: Server, path: str) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-a,x-b"}
    varies = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
    expected = [
        ("access-control-allow-headers", "x-a,x-b"),
        ("access-control-allow-methods", "GET,HEAD,PUT,PATCH,POST,DELETE"),
        CORS,
        ("vary", varies),
    ]
    assert served.request("OPTIONS", path, asked) == Answer(204, expected, b"")


def test_options_without_origin(served: Server) -> None:
    assert served.request("OPTIONS", "/api/health") == Answer(204, [VARY], b"")


@pytest.mark.parametrize(
    ("target", "tidy"),
    [
        pytest.param("//api/health", "/api/health", id="double_slash"),
        pytest.param("/api/./health", "/api/health", id="dot"),
        pytest.param("/api/x/../health?a=1&b=%20", "/api/health?a=1&b=%20", id="parent_keeps_query"),
        pytest.param("/api/collections//records", "/api/collections/records", id="empty_segment"),
        pytest.param("/api/health/.", "/api/health", id="dot_at_the_end"),
        pytest.param("/api/health/..", "/api", id="parent_at_the_end"),
        pytest.param("/api/health/../", "/api/", id="parent_and_slash_at_the_end"),
        pytest.param("//x'()*!y[z]", "/x%27%28%29%2A%21y%5Bz%5D", id="signs"),
        pytest.param("//b;c,d:e@f&g=h+i$j~k", "/b;c,d:e@f&g=h+i$j~k", id="signs_that_stay"),
        pytest.param("//a%20b?c='\"<>#d", "/a%20b?c='\"<>#d", id="escapes_and_query_stay"),
    ],
)
def test_untidy_paths_are_redirected(served: Server, target: str, tidy: str) -> None:
    escaped = escape(tidy, quote=False).replace('"', "&#34;").replace("'", "&#39;")
    body = f'<a href="{escaped}">Temporary Redirect</a>.\n\n'.encode()
    location = ("location", tidy)
    kind = ("content-type", "text/html; charset=utf-8")
    length = ("content-length", str(len(body)))
    assert served.request("GET", target) == Answer(307, [length, kind, location], body)
    assert served.request("HEAD", target) == Answer(307, [kind, location], b"")
    assert served.request("POST", target) == Answer(307, [("content-length", "0"), location], b"")


def test_dashboard_is_found_without_its_slash(served: Server) -> None:
    body = b'<a href="/_/?a=1">Temporary Redirect</a>.\n\n'
    expected = [
        ("content-length", str(len(body))),
        ("content-type", "text/html; charset=utf-8"),
        ("location", "/_/?a=1"),
    ]
    for target in ("/_?a=1", "/%5f?a=1", "//_?a=1", "/x/../_?a=1"):
        assert served.request("GET", target) == Answer(307, expected, body)
    message = "The requested resource wasn't found."
    assert served.request("POST", "/_") == json_answer(404, error(404, message))


@pytest.mark.parametrize(
    ("method", "target", "message"),
    [
        pytest.param("GET", "/nowhere", "File not found.", id="get"),
        pytest.param("GET", "/api/health/", "File not found.", id="trailing_slash"),
        pytest.param("GET", "/API/health", "File not found.", id="upper_case"),
        pytest.param("GET", "/api/health#top", "File not found.", id="fragment"),
        pytest.param("GET", "/api/collections/users/records/%2F", "File not found.", id="slash_as_a_segment"),
        pytest.param("GET", "/api/collections/%2F/records", "File not found.", id="slash_as_a_collection"),
        pytest.param("POST", "/nowhere", "The requested resource wasn't found.", id="post"),
        pytest.param("PATCH", "/api/health", "The requested resource wasn't found.", id="other_method"),
        pytest.param("TRACE", "/api/health", "The requested resource wasn't found.", id="trace"),
    ],
)
def test_unknown_routes(served: Server, method: str, target: str, message: str) -> None:
    assert served.request(method, target) == json_answer(404, error(404, message))


def test_head_of_an_unknown_route_has_no_length(served: Server) -> None:
    assert served.request("HEAD", "/nowhere") == Answer(404, sorted([JSON, VARY, *SECURITY]), b"")


def test_a_record_reads_the_same_as_inline_and_as_head(served: Server) -> None:
    target = "/api/collections/demo2/records/0yxhwia2amd8gec"
    read = served.request("GET", target)
    record: dict[str, Any] = json.loads(read.body)
    assert record == {
        "active": True,
        "collectionId": "sz5l5z67tg7gku0",
        "collectionName": "demo2",
        "created": record["created"],
        "id": "0yxhwia2amd8gec",
        "title": "test3",
        "updated": record["updated"],
    }
    assert read == json_answer(200, read.body)
    assert served.request("HEAD", target) == Answer(200, read.headers, b"")


def test_head_of_a_long_answer_has_no_length(served: Server) -> None:
    target = "/api/collections/users/auth-methods"
    read = served.request("GET", target)
    assert len(read.body) > 2048
    headers = [header for header in read.headers if header[0] != "content-length"]
    assert served.request("HEAD", target) == Answer(200, headers, b"")

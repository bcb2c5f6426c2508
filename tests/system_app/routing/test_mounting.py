"""Whole applications under a path: what they are told of a request, and what becomes of their answers."""

import asyncio
from io import BytesIO

import pytest
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import path

from platform_app.requests.app_answers import AppAnswer, hand_over
from system_app.routing.mounting import django_middleware, mount

pytestmark = pytest.mark.django_db


def wsgi(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("201 Created", [("Content-Type", "text/x"), ("Set-Cookie", "a=1"), ("X-Own", "1")])
    told = [environ[key] for key in ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")]
    yield "|".join(told).encode()
    yield body


def test_a_wsgi_application_answers_below_its_path(routes):
    mount("/app/", wsgi=wsgi)
    answer = routes().post("/app/a/b%C3%A4?q=1", b"body", content_type="text/plain")
    assert (answer.status_code, answer["Content-Type"], answer["X-Own"]) == (201, "text/x", "1")
    assert b"".join(answer) == "POST|/app|/a/bÃ¤|q=1".encode() + b"body"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"  # as all answers


def test_a_wsgi_application_is_closed_at_the_end(routes):
    closed = []

    class Chunks(list):
        def close(self):
            closed.append(True)

    def app(environ, start_response):
        start_response("200 OK", [])
        return Chunks([b"x"])

    mount("/app/", wsgi=app)
    assert b"".join(routes().get("/app/")) == b"x"
    assert closed == [True]  # the test client closes what it has read


def missing(request):
    raise Http404


urlpatterns = [
    path("", lambda request: HttpResponse("home")),
    path("items/<int:number>", lambda request, number: JsonResponse({"number": number})),
    path("missing", missing),
    path("session", lambda request: HttpResponse(type(request.session).__name__)),
]


@pytest.mark.parametrize(
    ("address", "status", "body"),
    [
        ("/shop/", 200, b"home"),
        ("/shop/items/7", 200, b'{"number": 7}'),
        ("/shop/items/x", 404, None),
        ("/shop/missing", 404, None),
        ("/shop/session", 200, b"SessionStore"),
    ],
)
def test_the_urls_of_a_django_app_answer_below_a_path(routes, address, status, body):
    sessions = django_middleware("django.contrib.sessions.middleware.SessionMiddleware")
    mount("/shop/", urls=__name__, use=[sessions])
    answer = routes().get(address)
    assert answer.status_code == status
    assert body is None or answer.content == body


def test_an_application_has_the_options_of_a_route(routes, bob):
    mount("/app/", wsgi=wsgi, auth="members")
    client = routes()
    assert client.get("/app/").status_code == 401
    assert (
        client.get("/app/", headers={"authorization": bob.defaults["HTTP_AUTHORIZATION"]}).status_code == 201
    )


def test_an_asgi_application_needs_an_asgi_server(routes):
    mount("/app/", asgi=echo)
    assert routes().get("/app/").status_code == 501


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("/app", {"wsgi": wsgi}),
        ("app/", {"wsgi": wsgi}),
        ("/app/", {}),
        ("/app/", {"wsgi": wsgi, "urls": "x"}),
    ],
)
def test_what_cannot_be_mounted_is_refused(routes, address, options):
    with pytest.raises(ValueError, match="expected"):
        mount(address, **options)


# --- ASGI -------------------------------------------------------------------------------------------


async def echo(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            break
    gone = await receive()
    headers = [(b"content-type", b"text/x"), (b"vary", b"X-Own")]
    await send({"type": "http.response.start", "status": 202, "headers": headers})
    told = f"{scope['root_path']}|{scope['path']}|{len(body)}|{gone['type']}"
    await send({"type": "http.response.body", "body": told.encode()})


async def breaks(scope, receive, send):
    raise ValueError("broken")


def handed_over(app, body=b""):
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "path": "/app/x", "root_path": "", "extensions": {"a": {}}}
    headers = [(b"Content-Type", b"text/html"), (b"Vary", b"Origin"), (b"X-A", b"1")]
    asyncio.run(hand_over(AppAnswer(app, "/app"), scope, BytesIO(body), receive, send, headers))
    return sent


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 1_000_000])
def test_an_asgi_application_reads_the_whole_body_and_then_hears_of_the_end(size):
    start, end = handed_over(echo, b"x" * size)
    assert end["body"] == f"/app|/app/x|{size}|http.disconnect".encode()


def test_the_headers_of_the_layers_go_with_those_of_an_asgi_application():
    start, _ = handed_over(echo)
    assert start["status"] == 202
    assert start["headers"] == [
        (b"Vary", b"Origin"),
        (b"X-A", b"1"),
        (b"content-type", b"text/x"),
        (b"vary", b"X-Own"),
    ]


def test_an_asgi_application_that_breaks_is_logged_and_answered(caplog):
    start, end = handed_over(breaks)
    assert (start["status"], end["body"]) == (500, b"")
    assert "the application at /app failed" in caplog.text

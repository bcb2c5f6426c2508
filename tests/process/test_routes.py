"""Routes of drop-in files under `serve`: where they run, what they leave alone, and what stops the start."""

import json
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.served import ROOT, Server, manage, start

FILE = '''
import threading

from joey import answers, body_limit, mount, parse_body, real_ip, response_headers, route, use

opened = threading.Event()


@use
def mark(request):
    response_headers(request)["X-Thread"] = threading.current_thread().name


@route("GET /waits")
def waits(request):
    """Until somebody opens, as for a server elsewhere."""
    opened.wait(60)
    return "opened"


@route("POST /opens", lane="pool")
def opens(request):
    opened.set()


@route("GET /pooled", lane="pool")
def pooled(request):
    return "x"


@route("POST /counts/{name}", use=[body_limit(0)])
def counts(request, name):
    return {"name": name, "bytes": len(request.read()), "ip": real_ip(request)}


@route("POST /reads")
def reads(request):
    return parse_body(request)


@route("GET /streams")
def streams(request):
    return answers.stream((b"%d\\n" % number for number in range(3)), "text/plain")


@route("GET /api/collections/users/records")
def mine(request):
    return "mine"


async def app(scope, receive, send):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]})
    for part in (scope["path"].encode(), b" ", str(len(body)).encode()):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


mount("/app/", asgi=app)
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("routes")
    (folder / "pb_hooks").mkdir()
    (folder / "pb_hooks" / "routes.py").write_text(FILE, encoding="utf-8")
    server = start(folder / "pb_data", command=("manage.py", "serve", "--no-workers"))
    yield server
    server.stop()


def test_routes_that_wait_leave_all_others_alone(server: Server):
    """More of them than there are threads for sign-ins and settings, and all of those that they have."""
    waiting = [server.connect() for _ in range(8)]
    for connection in waiting:
        connection.request("GET", "/waits")
    assert server.request("GET", "/api/settings").status == 401  # in the pool
    assert server.request("POST", "/opens").status == 200
    for connection in waiting:
        with connection.getresponse() as response:
            assert response.read() == b"opened"
        connection.close()


@pytest.mark.parametrize(
    ("method", "target", "lane"),
    [("GET", "/streams", "waiting"), ("GET", "/pooled", "pool"), ("GET", "/api/health", "pool")],
)
def test_every_request_with_code_of_ones_own_is_on_a_thread_of_its_lane(server: Server, method, target, lane):
    headers = dict(server.request(method, target).headers)
    assert lane in headers["x-thread"]


def test_a_route_may_take_larger_bodies_than_all_others(server: Server):
    size = 33 * 1024 * 1024
    answer = server.request("POST", "/counts/a%2Fb", body=b"x" * size)
    assert json.loads(answer.body)["bytes"] == size
    assert json.loads(answer.body)["name"] == "a/b"
    chunks = (b"x" * 1024 * 1024 for _ in range(33))
    assert json.loads(server.request("POST", "/counts/b", body=chunks).body)["bytes"] == size
    with closing(server.connect()) as connection:
        connection.putrequest("POST", "/reads")
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        assert connection.getresponse().status == 413


def test_a_route_answers_instead_of_the_servers_own(server: Server):
    assert server.request("GET", "/api/collections/users/records").body == b"mine"
    answer = server.request("GET", "/api/collections/users/records/nothing")
    assert json.loads(answer.body)["status"] == 404


def test_an_asgi_application_answers_behind_the_layers(server: Server):
    answer = server.request("POST", "/app/x/y", body=b"x" * 100_000, headers={"Origin": "http://a.b"})
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (200, b"/app/x/y 100000")
    assert (headers["x-own"], headers["access-control-allow-origin"]) == ("1", "*")
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_a_stream_goes_out(server: Server):
    assert server.request("GET", "/streams").body == b"0\n1\n2\n"


@pytest.mark.parametrize("command", ["serve", "runserver"])
def test_a_route_that_is_the_servers_own_stops_the_start(tmp_path: Path, command: str):
    (tmp_path / "pb_hooks").mkdir()
    text = 'from joey import route\n\n\n@route("GET /api/health")\ndef health(request): ...\n'
    (tmp_path / "pb_hooks" / "a.py").write_text(text, encoding="utf-8")
    options = ["--noreload", "127.0.0.1:0"] if command == "runserver" else []
    done = subprocess.run(  # noqa: S603 - our own command
        manage(tmp_path / "pb_data", command, *options, PORT="0", HOST="127.0.0.1"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = done.stderr.strip().splitlines()[-1]
    place = f"{tmp_path}/pb_hooks/a.py, line 4"
    assert done.returncode == 1
    assert (
        f"GET /api/health ({place}) conflicts with GET /api/health (system_app.views.health.Health)" in said
    )

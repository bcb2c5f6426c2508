"""The feeds of a real server: who sees what, slow readers hold up nobody, and all ends with the server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path

import pytest

from realtime_app.feeds import MOST_BYTES
from realtime_app.streams import MOST_QUEUED_BYTES
from tests.process.test_dashboard_behind_a_proxy import EMAIL, PASSWORD, Browser
from tests.served import ROOT, STOP_SECONDS, Server, environment, manage, start

SETTINGS = "tests.process.beside.settings"
# Sockets take some megabytes by themselves.
TOO_MANY_BATCHES = 40 * MOST_QUEUED_BYTES // MOST_BYTES


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("feeds") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", EMAIL, PASSWORD)
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[Server]:
    server = start(data_dir, DJANGO_SETTINGS_MODULE=SETTINGS)
    yield server
    server.stop()


def token(server: Server) -> str:
    path = "/api/collections/_superusers/auth-with-password"
    body = json.dumps({"identity": EMAIL, "password": PASSWORD})
    answer = server.request("POST", path, {"content-type": "application/json"}, body)
    return str(json.loads(answer.body)["token"])


@contextmanager
def watching(server: Server, channel: str, **headers: str) -> Iterator[HTTPResponse]:
    """The open stream of a superuser with a token, or by what the headers say."""
    connection = server.connect()
    try:
        connection.request(
            "GET", f"/_/live-feeds/{channel}", headers=headers or {"Authorization": token(server)}
        )
        with connection.getresponse() as stream:
            assert (stream.status, stream.getheader("content-type")) == (200, "text/event-stream")
            assert next_event(stream) == ("stream-open", "")
            yield stream
    finally:
        connection.close()


def next_event(stream: HTTPResponse) -> tuple[str, str] | None:
    """Its name and data; None at the end of the stream."""
    name, data = "", ""
    while line := stream.readline():
        field, _, value = line.decode().rstrip("\n").partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data = value.strip()
        elif not line.strip() and name:
            return name, data
    return None


def numbers(stream: HTTPResponse, count: int) -> list[int]:
    """Of the next so many entries."""
    return [number for event in events(stream, count) for number in event]


def events(stream: HTTPResponse, count: int) -> list[list[int]]:
    """The same by the events that they came in."""
    found: list[list[int]] = []
    while sum(map(len, found)) < count:
        name, data = next_event(stream) or ("", "")
        if name != "keep-alive":
            batch = json.loads(data)
            assert (name, batch["dropped"]) == ("message", 0), batch["entries"][:3]
            found.append([entry["data"]["number"] for entry in batch["entries"]])
    return found


def send(server: Server, channel: str, count: int, more: str = "") -> None:
    assert server.request("GET", f"/beside/feed/{channel}?count={count}{more}").status == 200


def test_who_watches_sees_what_is_sent_in_order(server: Server) -> None:
    with (
        watching(server, "imports") as one,
        watching(server, "imports") as two,
        watching(server, "copies") as other,
    ):
        send(server, "imports", 100)
        send(server, "copies", 10)
        together = events(one, 100)
        assert len(together) < 100
        assert sum(together, []) == numbers(two, 100) == list(range(100))
        assert numbers(other, 10) == list(range(10))


def test_the_dashboards_session_opens_it(server: Server) -> None:
    browser = Browser()
    browser.sign_in(server.url)
    with watching(server, "backups", Cookie=f"sessionid={browser.cookies['sessionid'].value}") as stream:
        send(server, "backups", 2)
        assert numbers(stream, 2) == [0, 1]


def test_nobody_loads_django_eventstream_before_somebody_watches(data_dir: Path) -> None:
    loads = "import sys, config.asgi, admin_ui.urls; print('django_eventstream' in sys.modules)"
    command = [*environment(data_dir), sys.executable, "-c", loads]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    assert done.stdout == "False\n"


def test_another_server_on_the_same_data_is_heard(server: Server, data_dir: Path) -> None:
    other = start(data_dir, DJANGO_SETTINGS_MODULE=SETTINGS)
    try:
        with watching(server, "imports") as stream:
            send(other, "imports", 5)
            assert numbers(stream, 5) == [0, 1, 2, 3, 4]
    finally:
        other.stop()


def test_a_command_is_heard(server: Server, data_dir: Path) -> None:
    sends = """
from realtime_app.feeds import feeds
for number in range(5):
    feeds.send("copies", "progress", {"number": number})
feeds.flush()
"""
    with watching(server, "copies") as stream:
        command = manage(data_dir, "shell", "-v", "0", "-c", sends)
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own command
        assert numbers(stream, 5) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "logs", 401, id="guest"),
        pytest.param("HEAD", "logs", 401, id="guest_without_body"),
        pytest.param("GET", "nothing", 401, id="guest_elsewhere"),
        pytest.param("POST", "logs", 400, id="guest_posts"),
    ],
)
def test_guests_are_answered_in_json(server: Server, method: str, path: str, status: int) -> None:
    answer = server.request(method, f"/_/live-feeds/{path}")
    assert (answer.status, dict(answer.headers)["content-type"]) == (status, "application/json")
    assert method == "HEAD" or json.loads(answer.body)["status"] == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("HEAD", "logs", 200, id="head"),
        pytest.param("GET", "nothing", 404, id="elsewhere"),
    ],
)
def test_superusers_are_answered_at_once(server: Server, method: str, path: str, status: int) -> None:
    answer = server.request(method, f"/_/live-feeds/{path}", {"Authorization": token(server)})
    assert answer.status == status


def test_who_reads_nothing_is_cut_off_and_holds_up_nobody(server: Server) -> None:
    with watching(server, "imports") as slow, watching(server, "imports") as quick:
        for batch in range(TOO_MANY_BATCHES):
            send(server, "imports", 1, f"&length={MOST_BYTES - 100}&at_once=1")
            name, data = next_event(quick) or ("", "")
            assert (name, json.loads(data)["dropped"]) == ("message", 0), batch
        received = 0
        while event := next_event(slow):
            received += len(event[1])
        assert received < TOO_MANY_BATCHES * MOST_BYTES / 2
        assert server.request("GET", "/api/health").status == 200


def test_the_streams_end_when_the_server_does(data_dir: Path) -> None:
    server = start(data_dir, DJANGO_SETTINGS_MODULE=SETTINGS)
    try:
        with watching(server, "logs") as one, watching(server, "copies") as two:
            said_before = len(server.output.read_text())  # of a sign-in whose alert goes nowhere, perhaps
            seconds = server.stop()
            assert (next_event(one), next_event(two)) == (None, None)
    finally:
        server.process.kill()
    assert seconds < STOP_SECONDS
    assert server.process.returncode == 0
    assert "Traceback" not in server.output.read_text()[said_before:]

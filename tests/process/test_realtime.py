"""Streams of a real server: their bytes, their end, and clients that vanish or are slow."""

import json
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.streams import END, JSON, Stream, clients, state
from tests.served import ROOT, Server, manage, start

SETTINGS: dict[str, Any] = {"DJANGO_SETTINGS_MODULE": "tests.process.streaming.settings"}
UNKNOWN = {"data": {}, "message": "Missing or invalid client id.", "status": 404}
SMALL, LARGE = 4096, 64 * 1024


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("realtime") / "pb_data"
    command = manage(data_dir, "superuser", "upsert", "root@example.com", "1234567890")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return data_dir


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[Server]:
    server = start(data_dir, **SETTINGS)
    yield server
    server.stop()


def wait_until_nobody_is_there(server: Server) -> None:
    while clients(server):  # what hangs is ended by nobody: the test itself would hang
        pass


def test_the_bytes_of_the_head_and_of_the_first_message(data_dir: Path) -> None:
    """Without receivers of hooks the whole request is answered on the event loop's thread."""
    server = start(data_dir)
    try:
        with Stream(server) as stream, Stream(server, headers={"Origin": "http://x.example"}) as crossing:
            assert stream.head[0] == b"HTTP/1.1 200 OK"
            expected = [
                b"cache-control: no-store",
                b"content-type: text/event-stream",
                b"transfer-encoding: chunked",
                b"vary: Origin",
                b"x-accel-buffering: no",
                b"x-content-type-options: nosniff",
                b"x-frame-options: SAMEORIGIN",
                b"x-xss-protection: 1; mode=block",
            ]
            assert sorted(line for line in stream.head[1:] if not line.startswith(b"date: ")) == expected
            assert b"access-control-allow-origin: *" in crossing.head
            assert len(stream.id) == 40 and stream.id.isalnum()
            first = f'id:{stream.id}\nevent:PB_CONNECT\ndata:{{"clientId":"{stream.id}"}}\n\n'
            assert stream.first == first.encode()
    finally:
        server.stop()
    assert "Traceback" not in server.output.read_text()


def test_head_opens_no_stream(server: Server) -> None:
    answer = server.request("HEAD", "/api/realtime", {"X-Name": "looker"})
    assert (answer.status, dict(answer.headers)["content-type"], answer.body) == (
        200,
        "text/event-stream",
        b"",
    )
    while "looker goes, None" not in state(server)["log"]:
        pass
    wait_until_nobody_is_there(server)


def test_an_idle_stream_ends_and_its_connection_goes_on(server: Server) -> None:
    with Stream(server, headers={"X-Idle": "0.2", "X-Name": "idler"}) as stream:
        assert stream.chunk() == END
        stream.socket.sendall(b"GET /api/health HTTP/1.1\r\nHost: joey\r\n\r\n")
        assert stream.lines()[0] == b"HTTP/1.1 200 OK"
    answer = stream.subscribe("orders")
    assert (answer.status, json.loads(answer.body)) == (404, UNKNOWN)
    while "idler goes, None" not in state(server)["log"]:
        pass


@pytest.mark.parametrize("how", ["closes", "resets", "half_closes"])
def test_a_client_that_vanishes_leaves_nothing_behind(server: Server, how: str) -> None:
    wait_until_nobody_is_there(server)
    stream = Stream(server, headers={"X-Name": how})
    assert stream.subscribe("orders").status == 204
    assert clients(server) == [stream.id]
    if how == "resets":
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half_closes":
        stream.socket.shutdown(socket.SHUT_WR)
    else:
        stream.close()
    wait_until_nobody_is_there(server)
    while f"{how} goes, None" not in state(server)["log"]:
        pass
    stream.close()
    assert state(server)["log"].count(f"{how} goes, None") == 1


def test_who_does_not_read_is_cut_off_and_nobody_waits_for_it(server: Server) -> None:
    wait_until_nobody_is_there(server)
    with Stream(server, receive_bytes=SMALL) as slow, Stream(server) as quick:
        for stream in (slow, quick):
            assert stream.subscribe("orders").status == 204
        read: list[Any] = []
        reader = threading.Thread(target=lambda: read.extend(quick.event() for _ in range(200)))
        reader.start()
        assert server.request("GET", f"/streaming/send?topic=orders&count=200&size={LARGE}").status == 200
        reader.join()
        assert read == [("orders", "x" * LARGE)] * 200
        assert slow.subscribe("orders").status == 404
        assert clients(server) == [quick.id]
        # It reads on, a bit at a time: what was on its way comes, and then the end.
        count = 0
        while slow.chunk() != END:
            count += 1
        assert 0 < count < 100


def test_views_are_answered_while_many_have_yet_to_read(server: Server) -> None:
    streams = [Stream(server, receive_bytes=SMALL) for _ in range(100)]
    try:
        for stream in streams:
            assert stream.subscribe("orders").status == 204
        assert server.request("GET", f"/streaming/send?topic=orders&count=10&size={LARGE}").status == 200
        for _ in range(20):
            assert server.request("GET", "/api/health").status == 200
        for stream in streams:
            for _ in range(10):
                assert stream.event() == ("orders", "x" * LARGE)
    finally:
        for stream in streams:
            stream.close()


def test_a_server_that_ends_ends_its_streams(data_dir: Path) -> None:
    server = start(data_dir, **SETTINGS)
    streams = [Stream(server, headers={"X-Name": "last"}) for _ in range(5)]
    for stream in streams:
        assert stream.subscribe("orders").status == 204
    server.stop()
    assert [stream.chunk() for stream in streams] == [END] * 5
    for stream in streams:
        stream.close()
    assert (server.process.returncode, "Traceback" in server.output.read_text()) == (0, False)


@pytest.mark.parametrize(
    ("headers", "status", "topics"),
    [
        pytest.param({}, 204, ["orders"], id="plain"),
        pytest.param({"X-More": "more"}, 204, ["orders", "more"], id="edited"),
        pytest.param({"X-Refuse": "1"}, 403, [], id="refused"),
    ],
)
def test_receivers_of_a_subscription(
    server: Server, headers: dict[str, str], status: int, topics: list[str]
) -> None:
    with Stream(server) as stream:
        assert stream.subscribe("orders", headers=headers).status == status
        for topic in ("orders", "more"):
            server.request("GET", f"/streaming/send?topic={topic}&count=1&size=1")
        for topic in topics:
            assert stream.event() == (topic, "x")


def test_answers_to_subscriptions_are_not_streams(server: Server) -> None:
    answer = server.request("POST", "/api/realtime", JSON, '{"clientId":"x"}')
    assert (answer.status, dict(answer.headers)["content-type"]) == (404, "application/json")
    assert server.request("PUT", "/api/realtime", JSON, "{}").status == 404

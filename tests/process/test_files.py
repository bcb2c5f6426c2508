"""Large files over the wire: whole, in parts, and to clients that take their time or go."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from tests.files_app.pictures import png
from tests.served import Server, adopted, answer_of, start

FILE = "/api/files/demo1/84nmscqy84lsi1t/test_QZFjKjXchk.txt"
STORED = "storage/wsmn24bux7wo113/84nmscqy84lsi1t/test_QZFjKjXchk.txt"
CONTENT = os.urandom(6 * 1024 * 1024)
AVATAR = "4q1xlclmfloku33/300_1SEi6Q6U72.png"
SIZES = ("100x100", "70x50", "70x50t", "70x50b", "70x50f", "70x0", "0x50")
SECONDS = 60.0  # a limit only for what hangs


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose file is larger than sockets take at once, and whose picture has 64 million pixels."""
    data_dir = adopted(tmp_path_factory.mktemp("files"))
    (data_dir / STORED).write_bytes(CONTENT)
    picture = data_dir / "storage/_pb_users_auth_" / AVATAR
    picture.write_bytes(png(8000, 8000, colour_type=0, rows=bytes(8001 * 8000)))
    shutil.rmtree(picture.with_name(f"thumbs_{picture.name}"))
    server = start(data_dir)
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        pytest.param({}, 200, CONTENT, id="whole"),
        pytest.param({"Range": "bytes=70000-5000000"}, 206, CONTENT[70000:5000001], id="part"),
        pytest.param({"Range": "bytes=-70000"}, 206, CONTENT[-70000:], id="end"),
        pytest.param({"Range": "bytes=7-9"}, 206, CONTENT[7:10], id="small_part"),
    ],
)
def test_what_arrives(server: Server, headers: dict[str, str], status: int, body: bytes) -> None:
    answer = server.request("GET", FILE, headers)
    assert (answer.status, dict(answer.headers)["content-length"]) == (status, str(len(body)))
    assert answer.body == body


def test_several_large_parts(server: Server) -> None:
    answer = server.request("GET", FILE, {"Range": "bytes=0-2999999,4000000-4999999"})
    boundary = dict(answer.headers)["content-type"].partition("boundary=")[2].encode()
    parts = answer.body.split(b"--" + boundary)
    contents = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in parts[1:-1]]
    assert contents == [CONTENT[:3000000], CONTENT[4000000:5000000]]


def test_head_names_the_length_and_sends_nothing(server: Server) -> None:
    whole = server.request("GET", FILE)
    head = server.request("HEAD", FILE)
    assert (head.status, head.headers, head.body) == (200, whole.headers, b"")


def test_a_connection_goes_on_after_a_file(server: Server) -> None:
    connection = server.connect()
    try:
        for _ in range(3):
            connection.request("GET", FILE)
            assert answer_of(connection).body == CONTENT
            connection.request("GET", "/api/health")
            assert answer_of(connection).status == 200
    finally:
        connection.close()


def test_clients_that_take_nothing_hold_up_nobody(server: Server) -> None:
    """There are four threads for lists, four in the pool, and more slow clients than both."""
    clients = [asking(server) for _ in range(20)]
    try:
        names = [
            server.request("GET", f"/api/collections/demo2/records?sort=title&page={n}") for n in range(8)
        ]
        assert {answer.status for answer in names} == {200}
        assert server.request("GET", FILE, {"Range": "bytes=0-99999"}).body == CONTENT[:100000]
        sign_in = json.dumps({"identity": "test@example.com", "password": "1234567890"})
        path = "/api/collections/clients/auth-with-password"
        assert server.request("POST", path, {"Content-Type": "application/json"}, sign_in).status == 200
    finally:
        for client in clients:
            client.close()


def test_huge_pictures_hold_up_nobody(server: Server) -> None:
    """More clients than threads wait for thumbs, which are made one after the other."""
    asked = SIZES * 3
    with ThreadPoolExecutor(len(asked)) as clients:
        thumbs = [
            clients.submit(server.request, "GET", f"/api/files/users/{AVATAR}?thumb={size}") for size in asked
        ]
        wait(thumbs, return_when=FIRST_COMPLETED)
        others = [
            server.request("GET", f"/api/collections/demo2/records?sort=title&page={n}") for n in range(8)
        ]
        # Who waits for those that are to be made next is still waiting.
        assert sum(thumb.done() for thumb in thumbs) <= len(asked) // 2
    assert {answer.status for answer in others} == {200}
    found = [dict(thumb.result().headers)["content-disposition"] for thumb in thumbs]
    assert found == [f"inline; filename={size}_300_1SEi6Q6U72.png" for size in asked]


def test_clients_that_go_leave_no_file_open(server: Server) -> None:
    clients = [asking(server) for _ in range(10)]
    assert wait_for_open_files(server, 10) == 10
    for client in clients:
        client.close()
    assert wait_for_open_files(server, 0) == 0


def asking(server: Server) -> socket.socket:
    """A client with little room that has asked for the file."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    client.send(f"GET {FILE} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return client


def wait_for_open_files(server: Server, count: int) -> int:
    deadline = time.monotonic() + SECONDS
    while (found := len(open_files(server))) != count and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def open_files(server: Server) -> list[str]:
    """The descriptors of stored files that the server's processes have open."""
    listed = subprocess.run(  # noqa: S603 - our own server
        ["/usr/bin/pgrep", "-P", str(server.process.pid)], capture_output=True, text=True, check=True
    )
    descriptors = [path for pid in listed.stdout.split() for path in Path(f"/proc/{pid}/fd").iterdir()]
    return [target for path in descriptors if STORED in (target := link_of(path))]


def link_of(path: Path) -> str:
    try:
        return str(path.readlink())
    except FileNotFoundError:
        return ""  # closed meanwhile

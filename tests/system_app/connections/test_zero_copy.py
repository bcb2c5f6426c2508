"""Parts of files go to a real socket without passing through Python, in order and whole."""

import asyncio
import os
import socket
import tempfile
import threading
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from platform_app.requests.file_answers import ZERO_COPY
from platform_app.requests.lane_threads import threads_of
from system_app.connections import zero_copy
from system_app.connections.bounds import Bounds
from system_app.connections.connection import Connection
from system_app.connections.watch import Watch
from system_app.connections.zero_copy import AT_ONCE_BYTES, PIECE_BYTES, copy_some, is_in_memory

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = 8 * 1024 * 1024  # more than sockets take at once
SECONDS = 60  # a limit only for what hangs


class Server:
    """Answers every request with `pieces`: texts, and spans (start, length) of one file."""

    def __init__(self, content, pieces, length=None):
        self.content, self.pieces = content, pieces
        self.length = sum(len(self.bytes_of(piece)) for piece in pieces) if length is None else length
        self.watch = Watch(Bounds())
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `serving`
        self.file.write(content)
        self.file.flush()
        self.copied = []
        self.ended = asyncio.Event()

    def bytes_of(self, piece):
        return piece if isinstance(piece, bytes) else self.content[piece[0] : sum(piece)]

    @property
    def body(self):
        return b"".join(map(self.bytes_of, self.pieces))

    async def __call__(self, scope, receive, send):
        assert ZERO_COPY in scope["extensions"]
        headers = [(b"content-length", str(self.length).encode())]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for piece in self.pieces:
                if isinstance(piece, bytes):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                else:
                    start, count = piece
                    part = {"file": self.file, "offset": start, "count": count, "more_body": True}
                    await send({"type": ZERO_COPY, **part})
                    self.copied.append(piece)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self.ended.set()


@asynccontextmanager
async def serving(server):
    config = Config(
        server, interface="asgi3", http=Connection, ws="none", proxy_headers=False, log_config=None
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        lambda: Connection(config, state, {}, watch=server.watch), "127.0.0.1", 0
    )
    try:
        yield listening.sockets[0].getsockname()
    finally:
        listening.close()
        server.file.close()


@pytest.fixture
def on_disk(monkeypatch):
    """Nothing of the file is in memory."""
    monkeypatch.setattr(zero_copy, "is_in_memory", lambda *part: False)


def run(work):
    async def limited():
        return await asyncio.wait_for(work(), SECONDS)

    return uvloop.run(limited())


async def read_answer(reader, count=1):
    bodies = []
    for _ in range(count):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        bodies.append(await reader.readexactly(length))
    return bodies


CONTENT = os.urandom(LARGE)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([(0, LARGE)], id="whole"),
        pytest.param([(5, 10)], id="part"),
        pytest.param([(0, 0)], id="nothing"),
        pytest.param([b"head", (0, 1000), b"middle", (LARGE - 3, 3), b"end"], id="texts_between_parts"),
        pytest.param([CONTENT, (0, LARGE), CONTENT], id="more_text_than_the_socket_takes"),
        pytest.param([(LARGE - 1, 1), (0, 1)], id="backwards"),
    ],
)
@pytest.mark.parametrize("place", ["in_memory", "on_disk"])
def test_the_client_gets_every_byte_in_order(pieces, place, request):
    if place == "on_disk":
        request.getfixturevalue(place)

    async def work():
        server = Server(CONTENT, pieces)
        async with serving(server) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(GET + GET)  # the second answer comes behind the first
            assert await read_answer(reader, 2) == [server.body, server.body]
            writer.close()

    run(work)


@pytest.mark.parametrize(("size", "is_at_once"), [(AT_ONCE_BYTES, True), (AT_ONCE_BYTES + 1, False)])
def test_what_is_in_memory_needs_no_thread_unless_it_is_large(monkeypatch, size, is_at_once):
    lanes = []

    def asked(lane):
        lanes.append(lane)
        return threads_of(lane)

    async def work():
        monkeypatch.setattr(zero_copy, "threads_of", asked)
        server = Server(CONTENT[:size], [(0, size)])
        async with serving(server) as address:
            reader, writer = await asyncio.open_connection(*address, limit=size)
            writer.write(GET)
            assert await read_answer(reader) == [server.body]
            writer.close()

    run(work)
    assert (not lanes) is is_at_once


def test_what_is_in_memory_is_known_of_both_ends():
    with tempfile.TemporaryFile() as file:
        file.write(CONTENT)
        file.flush()
        of_file = partial(is_in_memory, file.fileno())
        assert of_file(0, LARGE)
        assert of_file(5, 1)
        assert not of_file(0, LARGE + 1)  # it ends before
        assert not of_file(0, 0)
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, LARGE // 2, os.POSIX_FADV_DONTNEED)
        assert not of_file(0, LARGE)
        assert of_file(LARGE - 10, 10)


def test_a_client_that_takes_nothing_is_seen_by_the_watch_and_holds_no_thread():
    async def work():
        server = Server(CONTENT, [(0, LARGE)])
        async with serving(server) as address:
            client = impatient(address)
            while not server.watch.stalled:
                await asyncio.sleep(0)
            assert not server.ended.is_set()
            (connection,) = server.watch.stalled
            client.setblocking(True)
            taken = await asyncio.to_thread(read_all, client, len(server.body))
            assert taken.endswith(server.body)
            await server.ended.wait()
            assert connection not in server.watch.stalled
            client.close()

    run(work)


def read_all(client, size):
    """What the client is sent, up to the end of a body of this size."""
    taken = b""
    while (end := taken.find(b"\r\n\r\n")) < 0 or len(taken) < end + 4 + size:
        taken += client.recv(1 << 20)
    return taken


def impatient(address):
    """A client with a small buffer that has asked and reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(address)
    client.send(GET)
    return client


@pytest.mark.parametrize("end", ["client", "watch"])
def test_an_answer_ends_with_its_client(end):
    async def work():
        server = Server(CONTENT, [(0, LARGE), (0, LARGE)])
        async with serving(server) as address:
            client = impatient(address)
            while not server.watch.stalled:
                await asyncio.sleep(0)
            if end == "client":
                client.close()
            else:
                server.watch.cut(next(iter(server.watch.stalled)))
            await server.ended.wait()
            assert not server.watch.stalled
            client.close()

    run(work)


def test_an_answer_ends_when_its_client_is_cut_off_while_a_thread_sends(on_disk, monkeypatch):
    """Who began to wait for the client then would wait for ever: the duplicate keeps the socket open."""

    async def work():
        loop = asyncio.get_running_loop()
        server = Server(CONTENT, [(0, LARGE)])
        is_cut = threading.Event()

        def cut():
            server.watch.cut(next(iter(server.watch.answering)))
            loop.call_soon(is_cut.set)  # behind the loss of the connection

        def send_late(*args):
            loop.call_soon_threadsafe(cut)
            is_cut.wait()
            raise BlockingIOError

        monkeypatch.setattr(os, "sendfile", send_late)
        async with serving(server) as address:
            client = impatient(address)
            await server.ended.wait()
            client.close()

    run(work)


def test_a_file_that_became_shorter_ends_the_connection():
    async def work():
        server = Server(CONTENT[:1000], [(0, 2000)], length=2000)
        async with serving(server) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(GET)
            got = await reader.read()
            assert got.endswith(CONTENT[:1000])
            assert server.copied == []
            writer.close()

    run(work)


def test_more_than_the_length_that_was_told_is_refused():
    async def work():
        server = Server(CONTENT[:1000], [(0, 1000)], length=999)
        async with serving(server) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(GET)
            got = await reader.read()
            assert got.endswith(b"\r\n\r\n")
            assert server.copied == []
            writer.close()

    run(work)


@pytest.mark.parametrize(
    ("others_wait", "sent"),
    [
        pytest.param(False, LARGE, id="nobody_waits"),
        pytest.param(True, PIECE_BYTES, id="others_wait"),
    ],
)
def test_a_thread_goes_on_until_others_wait_for_it(monkeypatch, others_wait, sent):
    monkeypatch.setattr(zero_copy, "threads_of", lambda lane: SimpleNamespace(has_queue=others_wait))
    with tempfile.TemporaryFile() as file, tempfile.TemporaryFile() as target:
        file.write(CONTENT)
        file.flush()
        assert copy_some(target.fileno(), file.fileno(), 0, LARGE) == (sent, False)
        target.seek(0)
        assert target.read() == CONTENT[:sent]

"""Pieces of a body that are written at once: chunks of HTTP/1.1, as far as the client takes them."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from platform_app.requests.stream_answers import piece_writer
from system_app.connections.bounds import Bounds
from system_app.connections.connection import Connection
from system_app.connections.watch import Watch

SECONDS = 60  # a limit only for what hangs
PIECE = b"x" * 64 * 1024


@asynccontextmanager
async def serving(application):
    config = Config(application, interface="asgi3", http=Connection, ws="none", log_config=None)
    config.load()
    state, watch = ServerState(), Watch(Bounds())
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(config, state, {}, watch=watch), "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()
    finally:
        listening.close()


def answer_with(headers, pieces, version=b"1.1"):
    """What a client gets when the answer has these headers, and what the writer said of each piece."""
    said = []

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        write = await piece_writer(scope, send)
        for piece in pieces:
            said.append(write(piece))
            if not said[-1]:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        said.append(write(b"after the end"))

    async def work():
        async with serving(application) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/%b\r\nHost: a\r\nConnection: close\r\n\r\n" % version)
            try:
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
                assert (b"transfer-encoding" in head) == (version == b"1.1" and not headers)
                return body
            finally:
                writer.close()

    return uvloop.run(asyncio.wait_for(work(), SECONDS)), said


@pytest.mark.parametrize(
    ("version", "headers", "body", "said"),
    [
        pytest.param(
            b"1.1",
            [],
            b"1\r\na\r\n1a\r\nbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n0\r\n\r\n",
            [True, True, False],
            id="in_chunks",
        ),
        pytest.param(
            b"1.1",
            [(b"content-length", b"27")],
            b"a" + b"b" * 26,
            [False, False, False],
            id="of_a_known_length",
        ),
        # Clients of HTTP/1.0 know no chunks.
        pytest.param(b"1.0", [], b"a" + b"b" * 26, [True, True, False], id="till_the_connection_ends"),
        pytest.param(
            b"1.0",
            [(b"Content-Length", b"27")],
            b"a" + b"b" * 26,
            [False, False, False],
            id="of_a_known_length_before_chunks",
        ),
    ],
)
def test_pieces_are_parts_of_the_body(version, headers, body, said):
    assert answer_with(headers, [b"a", b"b" * 26], version) == (body, said)


def test_a_client_that_takes_nothing_is_not_written_to():
    said = []

    async def work():
        is_full = asyncio.Event()

        async def application(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            write = await piece_writer(scope, send)
            while write(PIECE):
                said.append(True)
                await asyncio.sleep(0)  # uvloop sends at the end of a turn
            is_full.set()

        async with serving(application) as address:
            _, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await is_full.wait()
            writer.close()

    uvloop.run(asyncio.wait_for(work(), SECONDS))
    assert said


def test_other_servers_have_none():
    assert uvloop.run(piece_writer({}, None)) is None

"""Connections that are to be encrypted: how they are watched until they are."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest
import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from system_app.connections.bounds import Bounds
from system_app.connections.connection import Connection
from system_app.connections.handshake import Handshake
from system_app.connections.watch import Watch
from tests.process.tls_proxy import self_signed


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


@pytest.fixture
def trust(tmp_path):
    """`(the server's context, the client's)`"""
    certificate = self_signed(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    return server, ssl.create_default_context(cafile=str(certificate))


@contextlib.asynccontextmanager
async def serving(watch, context, connect=lambda handshake: Echo()):
    server = await asyncio.get_running_loop().create_server(
        lambda: Handshake(watch, context, connect), "127.0.0.1", 0
    )
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def until(is_so):
    while not is_so():
        await asyncio.sleep(0.001)


def run(main):
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(main, 60))


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_what_comes_with_the_handshake_is_heard(trust):
    async def main():
        watch = Watch(Bounds())
        async with serving(watch, trust[0]) as port:
            for _ in range(20):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, ssl=trust[1], server_hostname="localhost"
                )
                writer.write(b"early")
                assert await reader.readexactly(5) == b"early"
                writer.close()
                await writer.wait_closed()
            assert watch.idle == {}

    run(main())


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01"], ids=["silent", "plain", "half"]
)
def test_who_does_not_encrypt_is_cut_when_the_time_for_a_head_is_over(trust, said):
    async def main():
        now = 0.0
        watch = Watch(Bounds(head_seconds=60), clock=lambda: now)
        async with serving(watch, trust[0]) as port:
            before = open_descriptors()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            if said[:1] != b"G":  # which is told at once that this is no handshake
                await until(lambda: watch.idle)
                await asyncio.sleep(0.05)
                now = 59.0
                watch.sweep()
                assert len(watch.idle) == 1
                now = 60.0
                watch.sweep()
            await reader.read()
            writer.close()
            await until(lambda: not watch.idle and open_descriptors() == before)

    run(main())


def test_half_open_ones_count_as_connections(trust):
    async def main():
        watch = Watch(Bounds(most_connections=2))
        async with serving(watch, trust[0]) as port:
            before = open_descriptors()
            clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
            for reader, _ in clients[:3]:
                assert await reader.read() == b""
            assert len(watch.idle) == 2
            for _, writer in clients:
                writer.close()
            await until(lambda: not watch.idle and open_descriptors() == before)

    run(main())


async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


def test_a_connection_takes_the_place_of_its_handshake(trust):
    """With room for one connection there is room for one, though it was somebody else before."""

    async def main():
        watch = Watch(Bounds(most_connections=1))
        config = Config(hello, interface="asgi3", http=Connection, ws="none", lifespan="off", log_config=None)
        config.load()

        def connect(handshake):
            return Connection(
                config=config, server_state=ServerState(), app_state={}, watch=watch, handshake=handshake
            )

        async with serving(watch, trust[0], connect) as port:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=trust[1], server_hostname="localhost"
            )
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK")
            assert len(watch.idle) == 1
            writer.close()
            await until(lambda: not watch.idle)

    run(main())

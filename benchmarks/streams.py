"""Realtime clients, in a process of their own: `python -m benchmarks.streams`.

Reads an `Audience` as JSON from the first line of stdin, opens its streams and subscribes them, and says so
with a line. Then, for every line with a `Burst`, it posts records one after the other, each when all streams
have heard of the one before, and answers with a line of `Heard`. It ends, and its streams with it, when stdin
does.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import asdict, dataclass
from typing import cast

import uvloop

_CLIENT_ID = re.compile(rb'"clientId":\s*"(\w+)"')
_END_OF_EVENT = b"\n\n"
_OPENED_AT_ONCE = 100
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Audience:
    """So many streams, all subscribed to one topic."""

    port: int
    streams: int
    topic: str


@dataclass(frozen=True)
class Burst:
    """So many records, posted to a collection."""

    collection: str
    records: int


@dataclass(frozen=True)
class Heard:
    """How long the burst took, and in the median from the begin of a post to the last stream's event."""

    records: int
    seconds: float
    last_ms: float


class _Stream(asyncio.Protocol):
    """Counts its events: nothing is decoded."""

    def __init__(self, hearing: "_Hearing") -> None:
        self.hearing = hearing
        self.head = b""
        self.client_id: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(
            b"GET /api/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        if not self.client_id.done():
            self.head += data
            found = _CLIENT_ID.search(self.head)
            if found is None or not self.head.rstrip(b"\r\n").endswith(b"}"):  # of its data
                return
            self.client_id.set_result(found[1].decode())
            return
        # An event may come in two pieces, between the two line ends too.
        events = (self.last + data).count(_END_OF_EVENT)
        self.last = data[-1:] if not data.endswith(_END_OF_EVENT) else b""
        if events:
            self.hearing.add(events)

    def connection_lost(self, error: Exception | None) -> None:
        self.hearing.fail("a stream has ended")


class _Hearing:
    """How many events are still to come."""

    def __init__(self) -> None:
        self.left = 0
        self.done: asyncio.Future[None] | None = None

    def expect(self, events: int) -> "asyncio.Future[None]":
        self.left = events
        self.done = asyncio.get_running_loop().create_future()
        return self.done

    def add(self, events: int) -> None:
        self.left -= events
        if self.done is not None and self.left <= 0 and not self.done.done():
            self.done.set_result(None)

    def fail(self, why: str) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_exception(RuntimeError(why))


class _Poster:
    """Posts JSON over one kept connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> "_Poster":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def close(self) -> None:
        self._writer.close()

    async def post(self, path: str, body: object) -> None:
        content = json.dumps(body).encode()
        self._writer.write(
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith((b"http/1.1 200", b"http/1.1 204")):
            raise RuntimeError(f"POST {path}: {head.splitlines()[0].decode()}")
        at = head.find(b"content-length:")
        if at >= 0:
            await self._reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0]))


async def _opened(audience: Audience, hearing: _Hearing) -> None:
    loop = asyncio.get_running_loop()
    turn = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def open_one() -> None:
        async with turn:
            _, stream = await loop.create_connection(lambda: _Stream(hearing), "127.0.0.1", audience.port)
            client_id = await stream.client_id
            poster = await _Poster.to(audience.port)
            await poster.post("/api/realtime", {"clientId": client_id, "subscriptions": [audience.topic]})
            poster.close()

    await asyncio.gather(*(open_one() for _ in range(audience.streams)))


async def _burst(audience: Audience, hearing: _Hearing, burst: Burst) -> Heard:
    poster = await _Poster.to(audience.port)
    path = f"/api/collections/{burst.collection}/records"
    lasts: list[float] = []
    began = time.perf_counter()
    for number in range(burst.records):
        all_have_heard = hearing.expect(audience.streams)
        posted_at = time.perf_counter()
        await poster.post(path, {"title": f"post {number}", "body": "x" * 200})
        await asyncio.wait_for(all_have_heard, _PATIENCE_SECONDS)
        lasts.append(time.perf_counter() - posted_at)
    seconds = time.perf_counter() - began
    return Heard(burst.records, seconds, sorted(lasts)[len(lasts) // 2] * 1000)


async def _main() -> None:
    loop = asyncio.get_running_loop()
    audience = Audience(**json.loads(sys.stdin.readline()))
    hearing = _Hearing()
    await _opened(audience, hearing)
    _say({})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        _say(asdict(await _burst(audience, hearing, Burst(**json.loads(line)))))


def _say(figures: dict[str, float]) -> None:
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main())

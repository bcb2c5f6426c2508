"""Streamed answers: large pieces, and an end when nobody reads them any more."""

import asyncio
import threading

import pytest
from django.http import StreamingHttpResponse

from platform_app.requests.lane_threads import LaneThreads
from platform_app.requests.streaming import CHUNK_BYTES, stream


@pytest.fixture
def threads():
    threads = LaneThreads("test", 2, 0)
    yield threads
    threads.stop(10)


class Client:
    """Takes what is sent; goes when it has got so many pieces."""

    def __init__(self, goes_after=None):
        self.pieces = []
        self.is_complete = False
        self._goes_after = goes_after
        self._gone = asyncio.Event()

    async def receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["body"]:
            self.pieces.append(message["body"])
        self.is_complete = not message.get("more_body")
        if len(self.pieces) == self._goes_after:
            self._gone.set()
            await asyncio.sleep(0)


class Chunks:
    """An iterator that notes how far it was asked, and where and how often it was closed."""

    def __init__(self, chunks):
        self._chunks = iter(chunks)
        self.asked = 0
        self.closed_on = []

    def __iter__(self):
        return self

    def __next__(self):
        self.asked += 1
        return next(self._chunks)

    def close(self):
        self.closed_on.append(threading.current_thread().name.rpartition("-")[0])


def streamed(threads, chunks, *, is_head=False, goes_after=None):
    async def run():
        client = Client(goes_after)
        await stream(StreamingHttpResponse(chunks), client.receive, client.send, threads, is_head=is_head)
        return client

    return asyncio.run(run())


def test_small_chunks_are_sent_together(threads):
    chunks = Chunks([bytes([number]) * 1000 for number in range(200)])
    client = streamed(threads, chunks)
    assert b"".join(client.pieces) == b"".join(bytes([number]) * 1000 for number in range(200))
    assert all(len(piece) >= CHUNK_BYTES for piece in client.pieces[:-1])
    assert (len(client.pieces), client.is_complete, chunks.closed_on) == (4, True, ["joey-test"])


def test_a_large_chunk_is_not_split(threads):
    large = b"x" * 1_000_000
    assert streamed(threads, Chunks([large, b"y"])).pieces == [large, b"y"]


def test_nothing_is_an_answer_too(threads):
    client = streamed(threads, Chunks([]))
    assert (client.pieces, client.is_complete) == ([], True)


def test_a_slow_source_is_not_waited_for_with_what_is_there(threads):
    was_sent = threading.Event()

    def slow():
        yield b"first"
        was_sent.wait()  # hangs for ever unless the first piece goes out alone
        yield b"second"

    async def run():
        client = Client()

        async def send(message):
            await client.send(message)
            was_sent.set()

        await stream(StreamingHttpResponse(slow()), client.receive, send, threads, is_head=False)
        return client.pieces

    assert asyncio.run(run()) == [b"first", b"second"]


def test_an_endless_stream_ends_with_its_client(threads):
    def endless():
        while True:
            yield b"x" * CHUNK_BYTES

    chunks = Chunks(endless())
    client = streamed(threads, chunks, goes_after=3)
    assert (len(client.pieces), chunks.closed_on) == (3, ["joey-test"])
    assert chunks.asked <= 4


def test_a_source_that_makes_nothing_ends_with_its_client_too(threads):
    """The client goes while a chunk is being made: that one is the last."""
    goes = threading.Event()

    class Silent(Chunks):
        def __next__(self):
            self.asked += 1
            goes.set()
            return b""

    async def run():
        loop = asyncio.get_running_loop()

        async def receive():
            await loop.run_in_executor(None, goes.wait)
            return {"type": "http.disconnect"}

        client = Client()
        await stream(StreamingHttpResponse(chunks), receive, client.send, threads, is_head=False)

    chunks = Silent([])
    asyncio.run(run())
    assert chunks.closed_on == ["joey-test"]


def test_head_makes_no_chunk(threads):
    chunks = Chunks([b"x"])
    client = streamed(threads, chunks, is_head=True)
    assert (client.pieces, client.is_complete, chunks.asked, chunks.closed_on) == ([], True, 0, ["joey-test"])


def test_a_source_that_fails_is_closed(threads):
    def failing():
        yield b"x"
        raise OSError("disk gone")

    chunks = Chunks(failing())
    with pytest.raises(OSError, match="disk gone"):
        streamed(threads, chunks)
    assert chunks.closed_on == ["joey-test"]


def test_a_cancelled_answer_closes_its_source_when_that_is_no_longer_at_work(threads):
    at_work, release = threading.Event(), threading.Event()
    closed = []

    def slow():
        try:
            at_work.set()
            release.wait()
            yield b"x"
        finally:
            closed.append(threading.current_thread().name.rpartition("-")[0])

    async def run():
        client = Client()
        task = asyncio.ensure_future(
            stream(StreamingHttpResponse(slow()), client.receive, client.send, threads, is_head=False)
        )
        await asyncio.get_running_loop().run_in_executor(None, at_work.wait)
        task.cancel()
        await asyncio.sleep(0)
        release.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert closed == ["joey-test"]


def test_what_is_made_while_a_slow_client_takes_a_piece_is_sent_too(monkeypatch):
    monkeypatch.setattr("platform_app.requests.streaming.PATIENCE_SECONDS", 0.0)
    one_thread = LaneThreads("test", 1, 1)
    takes_first = threading.Event()

    def chunks():
        yield b"first"
        takes_first.wait()
        yield b"last"

    class SlowClient(Client):
        async def send(self, message):
            await super().send(message)
            if not takes_first.is_set():
                takes_first.set()
                # The only thread has made all chunks once it comes to this.
                await asyncio.wrap_future(one_thread.submit_admitted(lambda: None))

    async def run():
        client = SlowClient()
        response = StreamingHttpResponse(chunks())
        await stream(response, client.receive, client.send, one_thread, is_head=False)
        return client

    client = asyncio.run(run())
    one_thread.stop(10)
    assert (client.pieces, client.is_complete) == ([b"first", b"last"], True)

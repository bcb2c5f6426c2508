"""The sending end of one connection: at once, queued within bounds, and ended (contract/realtime.md 2)."""

import asyncio

import pytest

from realtime_app import streams
from realtime_app.streams import Stream

LONG = 3600.0
END = "end"


class Server:
    """What a server's `send` does: `blocks` has it wait, `breaks` raise."""

    def __init__(self):
        self.sent = []
        self.error = None
        self.may_send = asyncio.Event()
        self.may_send.set()
        self.cancelled = 0

    async def send(self, message):
        while not self.may_send.is_set():
            try:
                await self.may_send.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.error is not None:
            raise self.error
        assert message["type"] == "http.response.body" and END not in self.sent
        self.sent.append(message["body"] if message["more_body"] else END)


class Scene:
    """A stream over such a server."""

    def __init__(self, *, idle=LONG, longest=LONG, write_piece=None):
        self.server = Server()
        self.ended = asyncio.Event()
        self.endings = 0
        self.stream = Stream(
            self.server.send, self._note_end, idle=idle, longest=longest, write_piece=write_piece
        )

    def _note_end(self):
        self.endings += 1
        self.ended.set()

    def block(self):
        self.server.may_send.clear()

    async def go_on(self):
        self.server.may_send.set()
        await settle()

    @property
    def result(self):
        return self.server.sent, self.endings


async def settle():
    """Let everything run that can."""
    for _ in range(50):
        await asyncio.sleep(0)


def play(scene):
    """Run an async test on a loop of its own, and see that no task is left."""

    async def run():
        await scene()
        await settle()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert streams._Queued.bytes == 0

    def test():
        asyncio.run(run())

    test.__name__ = scene.__name__
    return test


@play
async def test_a_frame_is_sent_before_push_returns():
    scene = Scene()
    scene.stream.push(b"1")
    scene.stream.push(b"2")
    assert scene.result == ([b"1", b"2"], 0)
    scene.stream.close()
    assert scene.result == ([b"1", b"2", END], 1)


@play
async def test_what_comes_after_the_end_goes_nowhere():
    scene = Scene()
    scene.stream.close()
    scene.stream.close()
    scene.stream.push(b"1")
    scene.stream.abandon()
    assert scene.result == ([END], 1)


@play
async def test_frames_queue_up_in_order_while_the_client_takes_nothing():
    scene = Scene()
    scene.block()
    for frame in (b"1", b"2", b"3"):
        scene.stream.push(frame)
    await settle()
    assert scene.result == ([], 0)
    await scene.go_on()
    scene.stream.push(b"4")
    assert scene.result == ([b"1", b"2", b"3", b"4"], 0)
    scene.stream.close()


@play
async def test_a_client_that_stops_again_is_waited_for_again():
    scene = Scene()
    scene.block()
    scene.stream.push(b"1")
    scene.stream.push(b"2")
    scene.server.may_send.set()
    await asyncio.sleep(0)
    scene.block()
    await settle()
    await scene.go_on()
    assert scene.result == ([b"1", b"2"], 0)
    scene.stream.close()


@play
async def test_the_end_comes_once_the_client_takes_it_without_what_it_missed():
    scene = Scene()
    scene.block()
    for frame in (b"1", b"2", b"3"):
        scene.stream.push(frame)
    scene.stream.close()
    assert scene.result == ([], 1)
    await scene.go_on()
    assert scene.result == ([b"1", END], 1)


@play
async def test_an_end_that_has_to_wait_comes_once():
    scene = Scene()
    scene.stream.push(b"1")
    scene.block()
    scene.stream.close()
    assert scene.result == ([b"1"], 1)
    await scene.go_on()
    assert scene.result == ([b"1", END], 1)


def overflowing(frames):
    async def scene():
        scene = Scene()
        scene.block()
        for frame in frames[:-1]:
            scene.stream.push(frame)
        assert scene.endings == 0
        scene.stream.push(frames[-1])
        assert scene.endings == 1
        await scene.go_on()
        assert scene.result == ([frames[0], END], 1)

    return scene


MEGABYTE = streams.MOST_QUEUED_BYTES


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([b"1", b"x" * MEGABYTE, b"1"], id="bytes"),
        pytest.param([b"1", b"x" * (MEGABYTE + 1)], id="one_large_frame"),
        pytest.param([b"1"] * (streams.MOST_QUEUED_FRAMES + 2), id="frames"),
    ],
)
def test_a_client_that_falls_too_far_behind_is_cut_off(frames):
    play(overflowing(frames))()


def test_all_queues_together_are_bounded(monkeypatch):
    monkeypatch.setattr(streams, "MOST_QUEUED_BYTES_OF_ALL", 10)

    @play
    async def run():
        first, second = Scene(), Scene()
        for scene in (first, second):
            scene.block()
            scene.stream.push(b"1")
            scene.stream.push(b"123456")
        assert (first.endings, second.endings) == (0, 1)
        first.stream.abandon()
        second.stream.abandon()

    run()


@play
async def test_a_large_frame_goes_at_once_where_nothing_waits():
    scene = Scene()
    frame = b"x" * (2 * streams.MOST_QUEUED_BYTES)
    scene.stream.push(frame)
    assert scene.result == ([frame], 0)
    scene.stream.close()


@play
async def test_abandoning_ends_what_waits():
    scene = Scene()
    scene.block()
    scene.stream.push(b"1")
    scene.stream.push(b"2")
    await settle()
    scene.stream.abandon()
    await settle()
    assert (scene.result, scene.server.cancelled) == (([], 1), 1)
    await scene.go_on()
    assert scene.result == ([], 1)


@play
async def test_abandoning_after_the_end_gives_the_end_up():
    scene = Scene()
    scene.block()
    scene.stream.push(b"1")
    scene.stream.close()
    scene.stream.abandon()
    await scene.go_on()
    assert scene.result == ([], 1)


@play
async def test_what_the_server_raises_ends_it():
    scene = Scene()
    scene.server.error = RuntimeError("gone")
    scene.stream.push(b"1")
    assert scene.result == ([], 1)


@play
async def test_what_the_server_raises_later_ends_it_too():
    scene = Scene()
    scene.block()
    scene.stream.push(b"1")
    scene.stream.push(b"2")
    scene.server.error = RuntimeError("gone")
    await scene.go_on()
    assert scene.result == ([], 1)


# --- servers that write pieces ------------------------------------------------------------------------


@play
async def test_pieces_are_written_where_the_server_takes_them():
    written = []
    scene = Scene(write_piece=lambda frame: written.append(frame) is None)
    for frame in (b"1", b"2"):
        scene.stream.push(frame)
    assert (written, scene.result) == ([b"1", b"2"], ([], 0))
    scene.stream.close()
    assert scene.result == ([END], 1)


@play
async def test_a_piece_that_is_not_taken_is_sent_and_those_behind_it_wait():
    written, takes = [], [True, False]
    scene = Scene(write_piece=lambda frame: takes.pop(0) and written.append(frame) is None)
    scene.block()
    for frame in (b"1", b"2", b"3"):
        scene.stream.push(frame)
    assert (written, scene.result) == ([b"1"], ([], 0))
    await scene.go_on()
    takes.append(True)
    scene.stream.push(b"4")
    assert (written, scene.result) == ([b"1", b"4"], ([b"2", b"3"], 0))
    scene.stream.close()


# --- clocks -------------------------------------------------------------------------------------------


@play
async def test_ends_when_nothing_was_sent_for_long():
    scene = Scene(idle=0.01)
    await scene.ended.wait()
    assert scene.result == ([END], 1)


@play
async def test_ends_after_its_longest_time_whatever_is_sent():
    scene = Scene(longest=0.02)
    while not scene.ended.is_set():
        scene.stream.push(b"1")
        await asyncio.sleep(0.001)
    assert scene.endings == 1 and scene.server.sent[-1] == END


@pytest.mark.parametrize(
    ("delivered_at", "looks_at", "is_over"),
    [
        pytest.param(0.0, 9.9, False, id="not_yet"),
        pytest.param(0.0, 10.0, True, id="idle"),
        pytest.param(5.0, 10.0, False, id="delivered_meanwhile"),
        pytest.param(5.0, 15.0, True, id="idle_since_then"),
        pytest.param(29.0, 30.0, True, id="longest"),
    ],
)
def test_the_clock_counts_from_the_last_delivery(monkeypatch, delivered_at, looks_at, is_over):
    clock = [0.0]
    monkeypatch.setattr(streams.time, "monotonic", lambda: clock[0])

    class Loop:
        """Keeps what is to be called later, and never calls it."""

        timers = 0

        def call_later(self, seconds, call):
            self.timers += 1
            return asyncio.TimerHandle(0, call, (), self)

        def get_debug(self):
            return False

        def _timer_handle_cancelled(self, handle):
            self.timers -= 1

    loop = Loop()
    monkeypatch.setattr(streams.asyncio, "get_running_loop", lambda: loop)
    server = type("Taking", (), {"sent": []})

    async def send(message):
        server.sent.append(message["body"] if message["more_body"] else END)

    stream = Stream(send, lambda: None, idle=10.0, longest=30.0)
    clock[0] = delivered_at
    stream.push(b"1")
    clock[0] = looks_at
    stream._look_at_clock()
    assert server.sent == ([b"1", END] if is_over else [b"1"])

"""Frames on their way to the event loop: in order, with turns for others, within bounds."""

import asyncio
import threading

import pytest

from realtime_app import deliveries
from realtime_app.deliveries import Deliveries
from tests.realtime_app.listening import Listener


def frames(client):
    return [frame.removeprefix(client.head) for frame in client.frames]


async def until(condition):
    while not condition():
        await asyncio.sleep(0)


@pytest.mark.parametrize("is_on_loop", [pytest.param(True, id="loop"), pytest.param(False, id="thread")])
def test_arrive_in_the_order_of_handing_over(is_on_loop):
    clients = [Listener() for _ in range(50)]

    async def run():
        sending = Deliveries(asyncio.get_running_loop())

        def put():
            for number in range(100):
                assert sending.put([(clients, b"%d" % number), (clients[:1], b"first")])

        if is_on_loop:
            put()
        else:
            await asyncio.to_thread(put)
        await until(lambda: len(clients[0].frames) == 200 and len(clients[-1].frames) == 100)

    asyncio.run(run())
    numbers = [b"%d" % number for number in range(100)]
    assert frames(clients[0]) == [part for number in numbers for part in (number, b"first")]
    assert all(frames(client) == numbers for client in clients[1:])


def test_the_loop_has_its_turn_in_between(monkeypatch):
    monkeypatch.setattr(deliveries, "_SLICE_SECONDS", 0.0)
    client = Listener()
    seen = []

    async def run():
        loop = asyncio.get_running_loop()
        sending = Deliveries(loop)
        sending.put([([client] * deliveries._CLIENTS_PER_LOOK * 5, b"x")])

        def look():
            seen.append(len(client.frames))
            if seen[-1] < 100:
                loop.call_soon(look)

        loop.call_soon(look)
        await until(lambda: seen and seen[-1] == 100)

    asyncio.run(run())
    assert seen == [20, 40, 60, 80, 100]


def test_nothing_is_scheduled_for_nothing():
    async def run():
        sending = Deliveries(asyncio.get_running_loop())
        assert sending.put([])
        assert not sending._is_scheduled

    asyncio.run(run())


def test_one_that_fails_does_not_stop_the_others(caplog):
    good, bad = Listener(), Listener()

    def fail(frame):
        raise RuntimeError("broken")

    bad.push = fail

    async def run():
        sending = Deliveries(asyncio.get_running_loop())
        sending.put([([bad, good], b"1")])
        sending.put([([good], b"2")])
        await until(lambda: len(good.frames) == 2)

    asyncio.run(run())
    assert (frames(good), [record.getMessage() for record in caplog.records]) == (
        [b"1", b"2"],
        [f"{bad!r} cannot be sent to"],
    )


# --- bounds -------------------------------------------------------------------------------------------


def test_who_can_wait_waits_until_enough_is_sent(monkeypatch):
    monkeypatch.setattr(deliveries, "MUCH_BYTES", 1000)
    client = Listener()

    async def run():
        sending = Deliveries(asyncio.get_running_loop())
        waited = threading.Event()

        def put():
            sending.put([([client], b"x" * 2000)])
            assert not client.frames or sending._bytes == 0
            sending.wait_for_room()
            waited.set()

        thread = threading.Thread(target=put)
        thread.start()
        await until(waited.is_set)
        thread.join()

    asyncio.run(run())
    assert len(client.frames) == 1


def test_too_much_is_not_taken(monkeypatch):
    monkeypatch.setattr(deliveries, "MOST_BYTES", 1000)
    client = Listener()

    async def run():
        sending = Deliveries(asyncio.get_running_loop())
        assert sending.put([([client], b"x" * 2000)])  # one of any size
        assert not sending.put([([client], b"y")])
        await until(lambda: client.frames)
        await until(lambda: sending._bytes == 0)
        assert sending.put([([client], b"z")])
        await until(lambda: len(client.frames) == 2)

    asyncio.run(run())
    assert frames(client) == [b"x" * 2000, b"z"]


def test_nobody_waits_for_a_loop_that_has_ended(monkeypatch):
    monkeypatch.setattr(deliveries, "MUCH_BYTES", 0)

    async def make():
        return Deliveries(asyncio.get_running_loop())

    sending = asyncio.run(make())
    assert sending.put([([Listener()], b"x")])
    sending._bytes = 1
    sending.wait_for_room()

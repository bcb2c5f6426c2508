"""Our layers are Channels layers: what applications send over them arrives."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from channels.exceptions import ChannelFull

from realtime_app.bus.postgres_layer import PostgresLayer
from realtime_app.bus.unix_layer import UnixLayer

HELLO = {"type": "hello", "bytes": b"\x00\xff", "list": [1, None, {"a": 1.5}]}

Test = Callable[[Any, Any], Awaitable[None]]
Run = Callable[[Test], None]


@pytest.fixture(params=["unix", "postgres"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Runs a test with the layers of two processes."""
    if request.param == "unix":
        layers = [UnixLayer(tmp_path / "bus", capacity=3) for _ in range(2)]
    else:
        url = request.getfixturevalue("postgresql")
        layers = [PostgresLayer(url, capacity=3) for _ in range(2)]

    async def run(test: Test) -> None:
        try:
            async with asyncio.timeout(60):
                await test(*layers)
        finally:
            for layer in layers:
                await layer.flush()

    return lambda test: asyncio.run(run(test))


def test_a_channel_is_read_where_it_was_made(run: Run):
    async def test(alice, bob):
        channel = await alice.new_channel("chat")
        await bob.send(channel, HELLO)
        await alice.send(channel, {"type": "own"})
        received = [await alice.receive(channel) for _ in range(2)]
        assert sorted(received, key=lambda message: message["type"]) == [HELLO, {"type": "own"}]
        with pytest.raises(ValueError, match="made it"):
            await bob.receive(channel)

    run(test)


def test_a_group_is_heard_by_all_that_are_in_it(run: Run):
    async def test(alice, bob):
        channels = [await alice.new_channel(), await alice.new_channel(), await bob.new_channel()]
        layers = [alice, alice, bob]
        for layer, channel in zip(layers, channels, strict=True):
            await layer.group_add("room", channel)
        await bob.group_send("room", HELLO)
        for layer, channel in zip(layers, channels, strict=True):
            assert await layer.receive(channel) == HELLO
        await alice.group_discard("room", channels[0])
        await bob.group_send("room", {"type": "second"})
        assert await alice.receive(channels[1]) == {"type": "second"}
        await alice.send(channels[0], {"type": "last"})
        assert await alice.receive(channels[0]) == {"type": "last"}

    run(test)


def test_a_channel_with_a_plain_name_is_heard_by_all_that_read_it(run: Run):
    async def test(alice, bob):
        reading = [asyncio.create_task(layer.receive("thumbs")) for layer in (alice, bob)]
        while not all(layer._queues for layer in (alice, bob)):  # both hear then
            await asyncio.sleep(0.01)
        await alice.send("thumbs", HELLO)
        assert await asyncio.gather(*reading) == [HELLO, HELLO]

    run(test)


def test_what_nobody_reads_is_bounded_and_expires(run: Run):
    async def test(alice, bob):
        channel = await alice.new_channel()
        await alice.group_add("room", channel)
        alice.expiry = -1
        for _ in range(3):
            await alice.send(channel, {"type": "expires at once"})
        with pytest.raises(ChannelFull):
            await alice.send(channel, {"type": "one too many"})
        alice.expiry = 60
        alice._swept = float("-inf")
        await alice.send(channel, HELLO)
        assert await alice.receive(channel) == HELLO
        assert alice._groups == {}  # nobody read it

    run(test)


def test_other_event_loops_send_through_the_one_that_reads(run: Run):
    async def test(alice, bob):
        channel = await alice.new_channel()
        await alice.group_add("room", channel)
        await bob.new_channel()
        await asyncio.to_thread(asyncio.run, bob.group_send("room", HELLO))
        assert await alice.receive(channel) == HELLO

    run(test)


def test_what_other_versions_send_is_missed(tmp_path: Path):
    async def test() -> None:
        alice, bob = UnixLayer(tmp_path / "bus"), UnixLayer(tmp_path / "bus")
        missed = asyncio.Event()
        alice.on_missed = missed.set
        channel = await alice.new_channel()
        await bob._transmit(alice.name, b"\x81\xa4what\xa4ever")
        await missed.wait()
        await bob.send(channel, HELLO)
        assert await alice.receive(channel) == HELLO
        await alice.flush()
        await bob.flush()

    asyncio.run(asyncio.wait_for(test(), 60))

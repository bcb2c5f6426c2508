"""What is sent to a feed goes out in batches, in order and within bounds, to whoever watches anywhere."""

import json
import threading
from concurrent.futures import Future

import pytest

from realtime_app import feeds as module
from realtime_app.feeds import CHANNELS, MOST_BYTES, MOST_ENTRIES, Feeds


class Bus:
    """Two processes: what one publishes the other hears, and what one announces the other knows."""

    def __init__(self):
        self.other = None
        self.handlers = {}
        self.announced = {}
        self.published = 0

    def publish(self, kind, payload):
        self.published += 1
        self.other.handlers[kind](json.loads(json.dumps(payload)))

    def on(self, kind, handler):
        self.handlers[kind] = handler

    def has_anybody(self, key):
        return self.other.announced.get(key, False)

    def announce(self, key, value):
        self.announced[key] = value
        told = Future()
        told.set_result(None)
        return told


@pytest.fixture
def delivered(monkeypatch):
    """What goes to the streams of this process, batch by batch."""
    batches = []
    monkeypatch.setattr(module, "_deliver", lambda channel, batch: batches.append((channel, batch.as_json())))
    return batches


@pytest.fixture
def make(request):
    """Feeds that flush when told to."""

    def make():
        feeds = Feeds(batch_seconds=3600)
        request.addfinalizer(feeds.stop)
        return feeds

    return make


@pytest.fixture
def feeds(make):
    return make()


def entries(batches):
    """What each batch brings: its channel, the events and data in it, and how many were left out."""
    read = [(channel, json.loads(batch)) for channel, batch in batches]
    return [
        (channel, [(one["event"], one["data"]) for one in batch["entries"]], batch["dropped"])
        for channel, batch in read
    ]


def test_while_nobody_watches_nothing_is_even_encoded(feeds, delivered):
    feeds.opened("copies")
    feeds.send("logs", "entry", object())
    feeds.flush()
    assert delivered == []


def test_what_is_sent_meanwhile_is_one_event_in_order(feeds, delivered):
    feeds.opened("logs")
    feeds.opened("copies")
    for number in range(3):
        feeds.send("logs", "entry", number)
        feeds.send("copies", "progress" if number else "begun", {"done": number})
    assert delivered == []
    feeds.flush()
    feeds.send("logs", "entry", 3)
    feeds.flush()
    feeds.flush()
    assert entries(delivered) == [
        ("logs", [("entry", 0), ("entry", 1), ("entry", 2)], 0),
        ("copies", [("begun", {"done": 0}), ("progress", {"done": 1}), ("progress", {"done": 2})], 0),
        ("logs", [("entry", 3)], 0),
    ]


def test_with_a_key_only_the_last_one_that_waits_goes_out(feeds, delivered):
    feeds.opened("copies")
    feeds.send("copies", "progress", 1, key="a")
    feeds.send("copies", "progress", 1, key="b")
    feeds.send("copies", "progress", 2, key="a")
    feeds.send("copies", "finished", 2)
    feeds.flush()
    feeds.send("copies", "progress", 3, key="a")
    feeds.flush()
    assert entries(delivered) == [
        ("copies", [("progress", 1), ("progress", 2), ("finished", 2)], 0),
        ("copies", [("progress", 3)], 0),
    ]


SMALL = len('{"event":"e","data":"xx"}')


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        pytest.param(["xx"] * MOST_ENTRIES, MOST_ENTRIES, id="as_many_as_fit"),
        pytest.param(["xx"] * (MOST_ENTRIES + 7), MOST_ENTRIES, id="more"),
        pytest.param(["x" * 10_000] * 10, 6, id="more_bytes"),
        pytest.param(
            ["xx"] * 20 + ["x" * (MOST_BYTES - SMALL * 11 + 2)], 11, id="one_that_leaves_room_for_ten"
        ),
        pytest.param(["xx", "x" * MOST_BYTES], 0, id="one_that_never_fits"),
        pytest.param(["x" * MOST_BYTES, "xx"], 1, id="and_another_one"),
    ],
)
def test_beyond_the_bounds_the_oldest_go_and_are_counted(feeds, delivered, texts, kept):
    feeds.opened("logs")
    for text in texts:
        feeds.send("logs", "e", text)
    feeds.flush()
    expected = [("e", text) for text in texts[len(texts) - kept :]]
    assert entries(delivered) == [("logs", expected, len(texts) - kept)]


@pytest.mark.parametrize(
    ("channel", "data", "error"),
    [
        pytest.param("log", 1, ValueError, id="unknown_channel"),
        pytest.param("logs", object(), TypeError, id="no_json"),
    ],
)
def test_what_cannot_be_sent_is_refused_where_it_is_sent(feeds, delivered, channel, data, error):
    feeds.opened("logs")
    with pytest.raises(error):
        feeds.send(channel, "entry", data)
    feeds.flush()
    assert delivered == []


def test_without_being_told_it_flushes_by_itself(monkeypatch):
    arrived = threading.Event()
    monkeypatch.setattr(module, "_deliver", lambda channel, batch: arrived.set())
    feeds = Feeds(batch_seconds=0.01)
    try:
        for _ in range(2):
            arrived.clear()
            feeds.opened("logs")
            feeds.send("logs", "entry", 1)
            assert arrived.wait(60)
    finally:
        feeds.stop()


def test_what_waits_at_the_end_is_sent(feeds, delivered):
    feeds.opened("logs")
    feeds.send("logs", "entry", "the last one")
    feeds.stop()
    assert entries(delivered) == [("logs", [("entry", "the last one")], 0)]


def test_all_that_threads_send_arrives_once_and_in_the_order_of_each(feeds, delivered):
    feeds.opened("logs")

    def send(name):
        for number in range(100):
            feeds.send("logs", name, number)
            if number % 10 == 0:
                feeds.flush()

    threads = [threading.Thread(target=send, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    feeds.flush()
    came = [one for _, batch, _ in entries(delivered) for one in batch]
    assert {name: [n for who, n in came if who == name] for name in "abcd"} == dict.fromkeys(
        "abcd", list(range(100))
    )
    assert len(came) == 400


class TestTwoProcesses:
    @pytest.fixture
    def processes(self, make):
        """Feeds of one process and of another one, and the bus of the first."""
        near, far = Bus(), Bus()
        near.other, far.other = far, near
        here, there = make(), make()
        here.through(near)
        there.through(far)
        return here, there, near

    def test_each_gets_what_the_other_sends(self, processes, delivered):
        here, there, bus = processes
        there.opened("logs")
        for number in range(3):
            here.send("logs", "entry", number)
        here.flush()
        assert (delivered, bus.published) == ([], 1)
        there.send("logs", "entry", "its own")
        there.flush()
        assert entries(delivered) == [
            ("logs", [("entry", 0), ("entry", 1), ("entry", 2), ("entry", "its own")], 0)
        ]

    def test_who_watches_here_hears_of_it_once(self, processes, delivered):
        here, there, _ = processes
        here.opened("logs")
        there.opened("logs")
        here.send("logs", "entry", 1)
        here.flush()
        assert len(delivered) == 1
        there.flush()
        assert entries(delivered) == [("logs", [("entry", 1)], 0)] * 2

    def test_what_one_left_out_is_counted_by_the_other(self, processes, delivered):
        here, there, _ = processes
        there.opened("logs")
        for number in range(MOST_ENTRIES + 3):
            here.send("logs", "entry", number)
        here.flush()
        there.send("logs", "entry", "its own")
        there.flush()
        ((_, came, dropped),) = entries(delivered)
        assert (came[0], came[-1], dropped) == (("entry", 4), ("entry", "its own"), 4)

    def test_only_the_first_and_the_last_stream_of_a_channel_are_announced(self, processes):
        here, _, bus = processes
        changes = []
        announce = bus.announce
        bus.announce = lambda key, value: changes.append((key, value)) or announce(key, value)
        for step in (here.opened, here.opened, here.closed, here.closed, here.opened):
            step("logs")
        assert changes == [("feed logs", True), ("feed logs", False), ("feed logs", True)]

    def test_nothing_travels_while_nobody_watches(self, processes, delivered):
        here, there, bus = processes
        there.opened("copies")
        there.opened("logs")
        there.closed("logs")
        here.send("logs", "entry", 1)
        here.flush()
        assert (bus.published, delivered) == (0, [])

    def test_what_comes_after_the_last_stream_has_gone_is_forgotten(self, processes, delivered):
        here, there, bus = processes
        there.opened("logs")
        here.send("logs", "entry", 1)
        there.closed("logs")
        here.flush()
        there.flush()
        assert (bus.published, delivered) == (1, [])


def test_the_channels_are_fixed():
    assert {"logs", "backups", "crons", "imports", "copies"} == CHANNELS

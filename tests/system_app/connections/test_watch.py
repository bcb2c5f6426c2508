"""Who goes when time is up, or when there is no room."""

import logging

import pytest

from system_app.connections.bounds import Bounds, connections_within
from system_app.connections.watch import Watch

BOUNDS = Bounds(head_seconds=60, read_seconds=300, write_seconds=300, most_connections=3, waiting_bytes=100)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Client:
    """A connection that only knows its end."""

    def __init__(self, watch, *, is_stream=False):
        self.watch = watch
        self.is_stream = is_stream
        self.is_cut = False
        watch.join(self)

    def cut(self):
        self.is_cut = True

    def is_event_stream(self):
        return self.is_stream

    def begin_answer(self):
        del self.watch.idle[self]
        self.watch.answering[self] = self.watch.clock() + BOUNDS.write_seconds
        return self

    def begin_body(self):
        self.begin_answer()
        self.watch.reading[self] = self.watch.clock() + BOUNDS.read_seconds
        return self

    def stall(self):
        self.begin_answer()
        self.watch.stalled[self] = self.watch.clock()
        return self


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(clock):
    return Watch(BOUNDS, clock)


def cut_after(watch, clock, client, seconds):
    """Whether the client is cut by then, and not yet a moment before."""
    clock.now += seconds - 0.5
    watch.sweep()
    too_early = client.is_cut
    clock.now += 0.5
    watch.sweep()
    return client.is_cut and not too_early


class TestTime:
    def test_a_silent_client_has_the_time_of_a_head(self, watch, clock):
        assert cut_after(watch, clock, Client(watch), 60)

    def test_half_a_body_has_the_time_of_a_request(self, watch, clock):
        assert cut_after(watch, clock, Client(watch).begin_body(), 300)

    def test_an_answer_has_its_time_from_first_to_last_byte(self, watch, clock):
        assert cut_after(watch, clock, Client(watch).begin_answer(), 300)

    def test_an_event_stream_goes_on(self, watch, clock):
        client = Client(watch, is_stream=True).begin_answer()
        for _ in range(20):
            clock.now += 300
            watch.sweep()
        assert not client.is_cut

    def test_an_event_stream_whose_client_takes_nothing_ends(self, watch, clock):
        client = Client(watch, is_stream=True).begin_answer()
        clock.now += 1000
        watch.sweep()
        watch.stalled[client] = clock.now
        assert cut_after(watch, clock, client, 300)

    def test_one_whose_client_takes_something_at_last_goes_on(self, watch, clock):
        client = Client(watch, is_stream=True).stall()
        clock.now += 299
        watch.sweep()
        del watch.stalled[client]
        clock.now += 299
        watch.sweep()
        assert not client.is_cut

    def test_who_is_cut_is_forgotten(self, watch, clock):
        client = Client(watch).begin_body()
        clock.now += 300
        watch.sweep()
        assert not any([watch.idle, watch.reading, watch.answering, watch.stalled])
        watch.leave(client)  # the transport tells it later


class TestRoom:
    @pytest.mark.parametrize(
        ("begin", "gone"),
        [
            pytest.param([Client.begin_answer, None, None], 1, id="the_longest_idle"),
            pytest.param([Client.begin_body, None, Client.begin_answer], 1, id="idle_before_half_read"),
            pytest.param([Client.begin_answer, Client.begin_body, Client.begin_body], 1, id="then_half_read"),
            pytest.param([Client.stall, Client.begin_answer, Client.begin_body], 2, id="before_stalled"),
            pytest.param([Client.begin_answer, Client.stall, Client.stall], 1, id="then_stalled"),
            pytest.param([Client.begin_answer] * 3, 3, id="nobody_is_interrupted"),
        ],
    )
    def test_one_goes_for_the_next(self, watch, begin, gone):
        clients = [Client(watch) for _ in begin]
        for client, step in zip(clients, begin, strict=True):
            if step is not None:
                step(client)
        clients.append(Client(watch))
        assert [client.is_cut for client in clients] == [index == gone for index in range(4)]

    def test_who_has_left_takes_no_room(self, watch):
        clients = [Client(watch).begin_answer() for _ in range(3)]
        watch.leave(clients[0])
        watch.leave(clients[0])
        assert not Client(watch).begin_answer().is_cut
        assert Client(watch).is_cut

    def test_a_full_house_is_logged_once_a_minute(self, watch, clock, caplog):
        for _ in range(3):
            Client(watch).begin_answer()
        with caplog.at_level(logging.WARNING):
            for _ in range(61):
                Client(watch)
                clock.now += 1
        assert len(caplog.records) == 2
        assert "MOST_CONNECTIONS" in caplog.text


class TestMemory:
    def test_who_holds_longest_goes(self, watch):
        first, second, third = (Client(watch) for _ in range(3))
        watch.hold(first, 50)
        watch.hold(second, 40)
        watch.hold(third, 20)
        assert [first.is_cut, second.is_cut, third.is_cut] == [True, False, False]

    def test_what_is_given_back_counts_no_more(self, watch):
        first, second = Client(watch), Client(watch)
        watch.hold(first, 90)
        watch.hold(first, 0)
        watch.hold(second, 60)
        watch.leave(second)
        watch.hold(first, 100)
        assert not first.is_cut


@pytest.mark.parametrize(
    ("descriptors", "threads", "connections"),
    [
        pytest.param(256, 12, 45, id="few"),
        pytest.param(256, 30, 16, id="less_than_the_threads_need"),
        pytest.param(1024, 12, 301, id="usual"),
        pytest.param(65536, 12, 21805, id="many"),
    ],
)
def test_connections_leave_descriptors_for_files_and_databases(descriptors, threads, connections):
    assert connections_within(descriptors, threads=threads) == connections

"""The thread that does one thing after the other: order, bounds, and its end."""

import threading

import pytest

from realtime_app.workers import Worker


@pytest.fixture
def make():
    workers = []

    def make(most=3, most_bytes=100):
        workers.append(Worker("test", most=most, most_bytes=most_bytes))
        return workers[-1]

    yield make
    for worker in workers:
        worker.stop(10)


class Held:
    """Work that does not end before it is let go."""

    def __init__(self, worker):
        self.begun, self.go = threading.Event(), threading.Event()
        assert worker.put(self)
        assert self.begun.wait(10)

    def __call__(self):
        self.begun.set()
        assert self.go.wait(10)


def finish(worker):
    """Wait until all that was put is done."""
    done = threading.Event()
    while not worker.put(done.set):
        pass
    assert done.wait(10)


def test_does_what_was_put_in_order(make):
    worker, log = make(most=1000), []
    for number in range(500):
        assert worker.put(lambda number=number: log.append(number))
    finish(worker)
    assert log == list(range(500))


@pytest.mark.parametrize(
    "error", [pytest.param(ValueError, id="error"), pytest.param(SystemExit, id="no_exception")]
)
def test_goes_on_after_what_raises(make, caplog, error):
    def fail():
        raise error("broken")

    worker = make()
    worker.put(fail)
    finish(worker)
    assert [record.getMessage() for record in caplog.records] == ["test failed"]


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [
        pytest.param([0, 0, 0, 0], [True, True, True, False], id="number"),
        pytest.param([50, 50, 1], [True, True, False], id="bytes"),
        pytest.param([1000, 0], [True, False], id="one_of_any_size"),
        pytest.param([60, 50, 40], [True, False, True], id="what_fits"),
    ],
)
def test_takes_no_more_than_its_bounds(make, sizes, taken):
    worker, done = make(), []
    held = Held(worker)
    assert [worker.put(lambda size=size: done.append(size), size) for size in sizes] == taken
    held.go.set()
    finish(worker)
    assert done == [size for size, is_taken in zip(sizes, taken, strict=True) if is_taken]
    assert worker.put(lambda: None, 100)


def test_gives_up_what_waits(make):
    worker, done = make(), []
    held = Held(worker)
    worker.put(lambda: done.append("dropped"), 100)
    worker.clear()
    assert worker.put(lambda: done.append("kept"), 100)
    held.go.set()
    finish(worker)
    assert done == ["kept"]


def test_ends_after_what_it_does_and_does_nothing_more(make):
    worker, done = make(), []
    held = Held(worker)
    worker.put(lambda: done.append("dropped"))
    worker.stop(0)  # it is busy
    held.go.set()
    worker.stop(10)
    assert (worker.put(lambda: done.append("late")), done) == (True, [])
    assert not [thread for thread in threading.enumerate() if thread.name == "joey-test"]


def test_keeps_nothing_of_what_is_done(make):
    class Thing:
        def __init__(self):
            self.gone = threading.Event()

        def __del__(self):
            self.gone.set()

    thing = Thing()
    gone = thing.gone
    worker = make()
    worker.put(lambda thing=thing: None)
    del thing
    assert gone.wait(10)

"""Answers held back where no event loop runs the request: the calling thread waits."""

import threading

import pytest

from platform_app.database.lanes import NeedsPool, run_inline, unrepeatable_marks
from platform_app.requests import held_answers
from platform_app.requests.held_answers import (
    DeadlinePassed,
    Held,
    Wait,
    before_answer,
    collect,
    hold_answer,
)
from platform_app.requests.lane_threads import LaneFull, LaneThreads


@pytest.fixture
def waiting(monkeypatch):
    """The waiting lane, with one thread and room for one more."""
    threads = LaneThreads("waiting", 1, 1)
    monkeypatch.setattr(held_answers, "threads_of", lambda lane: threads)
    yield threads
    threads.stop(10)


@pytest.fixture
def release():
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def told():
    return []


def occupy(waiting, release):
    """Keep the only thread busy until `release`."""
    begun = threading.Event()
    waiting.submit(lambda: begun.set() or release.wait())
    begun.wait()


def test_a_delay_is_slept(monkeypatch):
    slept = []
    monkeypatch.setattr(held_answers.time, "sleep", slept.append)
    hold_answer(0.25)
    assert slept == [0.25]


def test_work_is_done_in_the_waiting_lane_and_its_outcome_dealt_with_here(waiting, told):
    done_on = []
    before_answer(
        lambda: done_on.append(threading.current_thread().name),
        lambda error: told.append((error, threading.current_thread())),
        deadline_seconds=60,
    )
    assert (done_on, told) == (["joey-waiting-0"], [(None, threading.current_thread())])


@pytest.mark.parametrize("error", [OSError("no"), TimeoutError("too slow")], ids=["error", "its_own_timeout"])
def test_what_the_work_raises_is_told(waiting, told, error):
    def fail():
        raise error

    before_answer(fail, told.append, deadline_seconds=60)
    assert told == [error]


def test_work_that_hangs_is_left_alone(waiting, told, release):
    before_answer(release.wait, told.append, deadline_seconds=0.01)
    assert [type(error) for error in told] == [DeadlinePassed]


def test_work_that_did_not_begin_in_time_is_not_done(waiting, told, release):
    occupy(waiting, release)
    done = []
    before_answer(lambda: done.append(1), told.append, deadline_seconds=0.01)
    release.set()
    assert waiting.stop(10)
    assert ([type(error) for error in told], done) == ([DeadlinePassed], [])


def test_work_for_a_full_lane_is_refused(waiting, told, release):
    occupy(waiting, release)
    waiting.submit(int)
    before_answer(int, told.append, deadline_seconds=60)
    assert [type(error) for error in told] == [LaneFull]


class TestCollecting:
    def test_what_was_asked_for_comes_with_the_result(self, told):
        def work(number):
            hold_answer(1.0)
            before_answer(int, told.append, deadline_seconds=5)
            hold_answer(0.5)
            return number

        assert collect(work, 7) == (7, Held(1.5, [Wait(int, told.append, 5)]))
        assert told == []

    def test_nothing_was_asked_for(self):
        assert collect(int) == (0, None)

    def test_what_failed_asks_for_nothing(self):
        def fail():
            hold_answer(1.0)
            raise NeedsPool

        with pytest.raises(NeedsPool):
            collect(fail)
        assert collect(int) == (0, None)

    def test_what_asked_for_work_is_not_done_again(self, told):
        before = unrepeatable_marks()
        collect(lambda: before_answer(int, told.append, deadline_seconds=5))
        assert unrepeatable_marks() == before + 1

    def test_an_inline_request_goes_to_the_pool_first(self, told):
        with pytest.raises(NeedsPool):
            run_inline(lambda: collect(lambda: before_answer(int, told.append, deadline_seconds=5)))

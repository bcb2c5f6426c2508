"""Answers held back where no event loop runs the request: the calling thread waits."""

import threading

import pytest

from platform_app.database.lanes import NeedsPool, run_inline, unrepeatable_marks
from platform_app.requests import held_answers
from platform_app.requests.held_answers import (
    DeadlinePassed,
    Errand,
    Held,
    Wait,
    before_answer,
    begin,
    beside_answer,
    collect,
    hold_answer,
    settle,
)
from platform_app.requests.lane_threads import LaneFull, LaneThreads
from platform_app.requests.wsgi import HeldBack


@pytest.fixture
def errands(monkeypatch):
    """The threads for errands: one, and room for one more."""
    threads = LaneThreads("errands", 1, 1)
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


def occupy(errands, release):
    """Keep the only thread busy until `release`."""
    begun = threading.Event()
    errands.submit(lambda: begun.set() or release.wait())
    begun.wait()


def test_a_delay_is_slept(monkeypatch):
    slept = []
    monkeypatch.setattr(held_answers.time, "sleep", slept.append)
    hold_answer(0.25)
    assert slept == [0.25]


def test_work_is_done_on_a_thread_for_errands_and_its_outcome_dealt_with_here(errands, told):
    done_on = []
    before_answer(
        lambda: done_on.append(threading.current_thread().name),
        lambda error: told.append((error, threading.current_thread())),
        deadline_seconds=60,
    )
    assert (done_on, told) == (["joey-errands-0"], [(None, threading.current_thread())])


@pytest.mark.parametrize("error", [OSError("no"), TimeoutError("too slow")], ids=["error", "its_own_timeout"])
def test_what_the_work_raises_is_told(errands, told, error):
    def fail():
        raise error

    before_answer(fail, told.append, deadline_seconds=60)
    assert told == [error]


def test_work_that_hangs_is_left_alone(errands, told, release):
    before_answer(release.wait, told.append, deadline_seconds=0.01)
    assert [type(error) for error in told] == [DeadlinePassed]


def test_work_that_did_not_begin_in_time_is_not_done(errands, told, release):
    occupy(errands, release)
    done = []
    before_answer(lambda: done.append(1), told.append, deadline_seconds=0.01)
    release.set()
    assert errands.stop(10)
    assert ([type(error) for error in told], done) == ([DeadlinePassed], [])


def test_work_for_a_full_lane_is_refused(errands, told, release):
    occupy(errands, release)
    errands.submit(int)
    before_answer(int, told.append, deadline_seconds=60)
    assert [type(error) for error in told] == [LaneFull]


class TestBeside:
    def test_nobody_who_waits_for_an_answer_has_it_done_here(self, told):
        beside_answer(lambda: told.append("work"), told.append)
        assert told == ["work", None]

    def test_it_is_begun_when_the_answer_is_settled(self, errands, told):
        def work():
            beside_answer(lambda: told.append(threading.current_thread().name), told.append)
            return 7

        result, held = collect(work)
        assert (result, told) == (7, [])
        settle(held)
        assert errands.stop(10)
        assert told == ["joey-errands-0", None]

    def test_what_it_raises_is_told(self, told):
        error = OSError("no")

        def fail():
            raise error

        beside_answer(fail, told.append)
        assert told == [error]

    def test_where_too_many_wait_it_is_told_by_the_pool(self, errands, told, release):
        occupy(errands, release)
        errands.submit(int)
        pool = LaneThreads("pool", 1, 1)
        lanes = {"errands": errands, "pool": pool}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(held_answers, "threads_of", lanes.__getitem__)
            begin([Errand(lambda: told.append("work"), told.append)])
        assert pool.stop(10)
        assert [type(error) for error in told] == [LaneFull]

    def test_what_comes_after_may_fail(self, caplog):
        def fail(error):
            raise RuntimeError("no")

        beside_answer(int, fail)
        assert [record.message for record in caplog.records] == ["work around an answer failed"]


def test_a_wsgi_server_waits_on_the_thread_of_the_request(errands, told):
    def application(environ, start_response):
        before_answer(lambda: told.append(threading.current_thread().name), told.append, deadline_seconds=60)
        beside_answer(lambda: told.append("beside"), lambda error: None)
        return [b"done"]

    body = HeldBack(application)({}, lambda *args: None)
    assert errands.stop(10)
    assert (body, sorted(map(str, told))) == ([b"done"], ["None", "beside", "joey-errands-0"])


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


def test_what_is_asked_for_twice_beside_an_answer_is_done_once(told):
    def work():
        told.append("done")

    def then(error):
        told.append(error)

    _, held = collect(lambda: [beside_answer(work, then) for _ in range(3)] + [beside_answer(work, print)])
    assert held.beside == [Errand(work, then), Errand(work, print)]

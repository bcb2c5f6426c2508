"""The threads of a lane: bounded, restartable, and no hindrance to the end of the process."""

import threading

import pytest

from platform_app.requests.lane_threads import LaneFull, LaneThreads


@pytest.fixture
def one_thread():
    threads = LaneThreads("test", 1, 2)
    yield threads
    threads.stop(10)


@pytest.fixture
def release():
    event = threading.Event()
    yield event
    event.set()


def occupy(threads, release):
    """Keep the only thread busy until `release`."""
    begun = threading.Event()
    job = threads.submit(lambda: begun.set() or release.wait())
    begun.wait()
    return job


def test_results_and_errors_come_back(one_thread):
    def fail():
        raise OSError("no")

    good, bad = one_thread.submit(lambda a, b: a + b, 1, 2), one_thread.submit(fail)
    assert (good.result(), str(bad.exception())) == (3, "no")


def test_it_works_on_threads_of_its_own_name(one_thread):
    assert one_thread.submit(lambda: threading.current_thread().name).result() == "joey-test-0"


def test_what_is_over_the_bound_is_refused_at_once(one_thread, release):
    occupy(one_thread, release)
    waiting = [one_thread.submit(int) for _ in range(2)]
    with pytest.raises(LaneFull):
        one_thread.submit(int)
    admitted = one_thread.submit_admitted(int)
    release.set()
    assert [job.result() for job in (*waiting, admitted)] == [0, 0, 0]


def test_it_says_whether_something_waits(one_thread, release):
    occupy(one_thread, release)
    before = one_thread.has_queue
    one_thread.submit(int)
    assert (before, one_thread.has_queue) == (False, True)


def test_what_was_cancelled_in_the_queue_is_not_done(one_thread, release):
    occupy(one_thread, release)
    done = []
    cancelled, other = one_thread.submit(done.append, 1), one_thread.submit(done.append, 2)
    assert cancelled.cancel()
    release.set()
    other.result()
    assert done == [2]


def test_a_stop_lets_what_was_submitted_end(release):
    threads = LaneThreads("test", 1, 2)
    release.set()
    job = occupy(threads, release)
    more = threads.submit(int)
    assert (threads.stop(10), job.done(), more.result()) == (True, True, 0)


def test_a_stop_does_not_wait_for_what_hangs(release):
    threads = LaneThreads("test", 2, 2)
    occupy(threads, release)
    assert threads.stop(0.01) is False


def test_what_never_begins_is_counted(release):
    threads = LaneThreads("test", 1, 3)
    occupy(threads, release)
    waiting = [threads.submit(int) for _ in range(3)]
    assert (threads.stop(0.01), threads.drop(), threads.drop()) == (False, 3, 0)
    assert all(job.cancelled() for job in waiting)


def test_the_threads_come_back_after_a_stop(one_thread):
    one_thread.submit(int).result()
    assert one_thread.stop(10)
    assert one_thread.submit(int).result() == 0

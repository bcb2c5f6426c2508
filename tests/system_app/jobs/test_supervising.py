"""The process of jobs: when it is started, and that it ends."""

import os
import signal
import subprocess
import sys

import pytest

from system_app.jobs.supervising import JobProcess


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def spawned():
    """Process ids, in the order in which they were started; all are gone after the test."""
    processes = []
    yield processes
    for process in processes:
        process.stdin.close()
        process.kill()
        process.wait()


@pytest.fixture
def looked_after(spawned):
    clock = Clock()

    def spawn():
        command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        spawned.append(subprocess.Popen(command, stdin=subprocess.PIPE, process_group=0))  # noqa: S603 - ours
        return spawned[-1].pid

    return JobProcess(spawn, clock=clock), clock


def test_it_is_started_a_moment_after_the_server_and_once(looked_after, spawned):
    process, clock = looked_after
    process.look_after()
    assert (process.pid, spawned) == (0, [])
    clock.now += 1
    process.look_after()
    clock.now += 1000
    process.look_after()
    assert [process.pid] == [one.pid for one in spawned]


def test_one_that_dies_is_started_again_after_a_pause(looked_after, spawned, caplog):
    process, clock = looked_after
    clock.now += 1
    process.look_after()
    spawned[0].kill()
    os.waitid(os.P_PID, spawned[0].pid, os.WEXITED | os.WNOWAIT)
    clock.now += 9
    process.look_after()
    assert (process.pid, len(spawned)) == (0, 1)
    clock.now += 1
    process.look_after()
    assert process.pid == spawned[1].pid
    assert f"the process that runs jobs ({spawned[0].pid}) died" in caplog.text


def test_one_that_somebody_else_waited_for_is_gone_too(looked_after, spawned):
    process, clock = looked_after
    clock.now += 1
    process.look_after()
    spawned[0].kill()
    spawned[0].wait()
    process.look_after()
    assert process.pid == 0


def test_the_end_takes_the_whole_group(looked_after, spawned):
    process, clock = looked_after
    clock.now += 1
    process.look_after()
    process.end()
    process.end()
    assert process.pid == 0
    with pytest.raises(ProcessLookupError):
        os.killpg(spawned[0].pid, signal.SIGKILL)

"""Runs what waits in django-q2's queue: one process that looks, and one more for each job while it runs.

django-q2's own cluster keeps a sentinel, a pusher, a monitor and every worker in memory all the time. This is
the same work done by the same functions of django-q2 (broker, worker, monitor), in processes that exist while
there is something to do (docs/decisions/0015).
"""

import gc
import logging
import os
import queue
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Value
from typing import Any, NoReturn

from django.db import Error as DatabaseError
from django.db import connections
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.monitor import monitor
from django_q.signing import SignedPackage
from django_q.worker import worker

from realtime_app.bus.bus import bus
from realtime_app.feeds import feeds
from system_app.jobs.supervising import STOP_SECONDS
from system_app.logs.starting import start_log
from system_app.logs.writing import log_writer
from system_app.reloading import follower

logger = logging.getLogger(__name__)

# A job that does not end at its timeout, which interrupts Python only, is killed so long after it.
KILLED_AFTER_SECONDS = 10.0
# When the database cannot be used.
_PAUSE_SECONDS = 10.0


@dataclass(frozen=True)
class _Running:
    """A job at work in a process of its own."""

    name: str
    entry: Any  # what the broker calls it
    deadline: float


class Runner:
    """Takes entries from the queue and runs them, `Conf.WORKERS` at once, until it is told to end."""

    def __init__(
        self, *, parent: int | None = None, cut_short: Callable[[int, str], object] = lambda pid, why: None
    ) -> None:
        """`parent` is the process with which this one ends; `cut_short` is told of jobs that were killed."""
        self._cut_short = cut_short
        self._broker = get_broker()
        self._parent = parent
        self._running: dict[int, _Running] = {}
        self._is_told = False

    def heed_signals(self) -> None:
        """Let SIGTERM and SIGINT end `run`, from now on; before anything that is to be brought to an end."""
        signal.signal(signal.SIGTERM, self._tell)
        signal.signal(signal.SIGINT, self._tell)

    def run(self) -> None:
        """Until a signal that is heeded, or until the parent is gone.

        On the main thread of a process without other threads: it is forked.
        """
        # What is shared with the parent and the jobs stays shared: a collection writes to all it looks at.
        gc.freeze()
        while not self._is_over():
            self.look_after()
            follower.look()
            if len(self._running) < Conf.WORKERS:
                self.take()
            else:
                time.sleep(Conf.POLL)
        self._finish()

    def take(self) -> None:
        """Begin what the queue has; without anything it takes `Conf.POLL` seconds."""
        try:
            for entry, package in self._broker.dequeue():
                self._take(entry, package)
        except DatabaseError as error:
            logger.warning("the queue of jobs cannot be used: %s", error)
            connections.close_all()
            time.sleep(_PAUSE_SECONDS)

    def look_after(self) -> None:
        """Take note of jobs that ended, and end those that are over their time."""
        for pid, job in list(self._running.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._running[pid]
                if status:
                    self._give_up(pid, job, os.waitstatus_to_exitcode(status))
            elif time.monotonic() > job.deadline:
                os.kill(pid, signal.SIGKILL)

    def _take(self, entry: Any, package: str) -> None:
        try:
            task = SignedPackage.loads(package)
        except Exception:
            logger.exception("an entry in the queue of jobs cannot be read")
            self._broker.fail(entry)
        else:
            self._begin(entry, task)

    def _begin(self, entry: Any, task: dict[str, Any]) -> None:
        task["cluster"], task["ack_id"] = Conf.CLUSTER_NAME, entry
        seconds = task.get("timeout", Conf.TIMEOUT)
        # -1 is django-q2's "no timeout"; after the retry time it would be given out again.
        seconds = Conf.RETRY if seconds < 0 else seconds + KILLED_AFTER_SECONDS
        connections.close_all()  # a connection must not cross the fork
        _flush()  # nor what would be written twice
        try:
            pid = os.fork()
        except OSError as error:
            logger.error("job %r was not run: %s", task["name"], error, extra={"cron": task["name"]})
            self._broker.fail(entry)
            return
        if pid == 0:
            _work(task)
        self._running[pid] = _Running(task["name"], entry, time.monotonic() + seconds)

    def _give_up(self, pid: int, job: _Running, status: int) -> None:
        """Take what was killed off the queue: nothing is tried twice."""
        logger.error("job %r was cut short: %s", job.name, _why(status), extra={"cron": job.name})
        try:
            self._broker.acknowledge(job.entry)
            self._cut_short(pid, _why(status))
        except DatabaseError as error:
            logger.warning("job %r stays in the queue, to be dropped later: %s", job.name, error)
            connections.close_all()

    def _finish(self) -> None:
        until = time.monotonic() + STOP_SECONDS
        while self._running and time.monotonic() < until:
            self.look_after()
            time.sleep(0.05)
        for pid in self._running:
            os.kill(pid, signal.SIGKILL)
        while self._running:
            self.look_after()
            time.sleep(0.01)

    def _is_over(self) -> bool:
        return self._is_told or (self._parent is not None and os.getppid() != self._parent)

    def _tell(self, number: int, frame: Any) -> None:
        self._is_told = True


def _work(task: dict[str, Any]) -> NoReturn:
    """Run one entry in this process, which is there for it, and end."""
    status = 1
    try:
        start_log()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the runner, which waits for its jobs
        entries: queue.Queue[Any] = queue.Queue()
        results: queue.Queue[Any] = queue.Queue()
        entries.put(task)
        entries.put("STOP")
        worker(entries, results, Value("f", -1), Conf.TIMEOUT)
        results.put("STOP")
        monitor(results)
        connections.close_all()
        status = 0
    except BaseException:
        logger.exception("job %r could not be brought to an end", task["name"])
    finally:
        log_writer.stop()
        feeds.flush()
        bus.finish()
        _flush()
        os._exit(status)  # what the parent left to be done at its end is not for this process


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def _why(status: int) -> str:
    if status < 0:
        return f"its process was ended by {signal.Signals(-status).name}"
    return f"its process ended with {status}"

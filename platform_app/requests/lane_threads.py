"""The threads of the lanes that have some: bounded in number and in what may wait for them.

They are our own and not a ThreadPoolExecutor's, because that one queues without end, and joins its threads
when the process ends, however long they hang.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from queue import Empty, SimpleQueue
from typing import Any, Literal, TypeVar

from django.conf import settings
from django.db import close_old_connections, connections, reset_queries

from platform_app.database.rows import renew_bloated

logger = logging.getLogger(__name__)

ThreadLane = Literal["pool", "queries", "bulk", "long", "waiting", "errands"]

UPKEEP_SECONDS = 1.0
# What may wait for a thread, beside what runs. The pool is quick, so a long queue there is a burst that it
# works off; the bound is for memory, as each request brings its body. What waits for the network, or has long
# queries, takes seconds: there a longer queue would only make everybody miss the deadline.
MOST_QUEUED = {"pool": 2048, "queries": 2048, "bulk": 512, "long": 64, "waiting": 256, "errands": 256}
_THREADS = {
    "pool": ("JOEY_POOL_THREADS", 4),
    "queries": ("JOEY_POOL_THREADS", 4),
    "bulk": ("JOEY_BULK_THREADS", 2),
    "long": ("JOEY_LONG_THREADS", 3),
    "waiting": ("JOEY_WAITING_THREADS", 8),
    # No requests, but what is done around their answers: a mail server that hangs must not stop the others
    # that wait for somebody.
    "errands": ("JOEY_ERRAND_THREADS", 4),
}
LANES_WITH_THREADS: tuple[ThreadLane, ...] = ("queries", "bulk", "long", "pool", "waiting", "errands")

Result = TypeVar("Result")
_Job = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...]]


class LaneFull(Exception):
    """So much waits for this lane's threads that more is refused at once."""


class LaneThreads:
    """At most so many threads; another one is started only when none of them is idle.

    Little work so stays on few threads, whose connections have the pages that it needs.
    """

    def __init__(self, name: str, threads: int, most_queued: int) -> None:
        self.name = name
        self.size = threads
        self._most_queued = most_queued
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._starting = threading.Lock()

    @property
    def has_queue(self) -> bool:
        """Whether something waits for a free thread now."""
        return not self._jobs.empty()

    def submit(self, work: Callable[..., Result], *args: Any) -> "Future[Result]":
        """Have `work` done as soon as a thread is free. Raises LaneFull."""
        if self._jobs.qsize() >= self._most_queued:
            raise LaneFull(f"{self._most_queued} wait for the lane {self.name!r} already")
        return self.submit_admitted(work, *args)

    def submit_admitted(self, work: Callable[..., Result], *args: Any) -> "Future[Result]":
        """The same for what belongs to a request that was let in before: it is never refused."""
        future: Future[Result] = Future()
        self._jobs.put((future, work, args))
        if not self._threads or (len(self._threads) < self.size and not self._idle.acquire(blocking=False)):
            self._start_another()
        return future

    def stop(self, seconds: float) -> bool:
        """Let what was submitted end, for so long at most; tells whether all of it did.

        Threads that hang are left behind: they do not keep the process from ending.
        """
        with self._starting:
            threads, self._threads = self._threads, []
            for _ in threads:
                self._jobs.put(None)
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def drop(self) -> int:
        """Give up what has not begun; returns how much that is."""
        dropped = 0
        with suppress(Empty):
            while True:
                job = self._jobs.get_nowait()
                if job is not None:
                    job[0].cancel()
                    dropped += 1
        return dropped

    def _start_another(self) -> None:
        with self._starting:
            number = len(self._threads)
            if number < self.size:
                name = f"joey-{self.name}-{number}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self) -> None:
        upkeep = _Upkeep()
        while True:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                if len(self._threads) < self.size:
                    self._idle.release()
                job = self._jobs.get()
            if job is None:
                break
            _do(job, upkeep)
            del job  # what it holds must not live until the next one
        connections.close_all()


class _Upkeep:
    """Does on one thread, now and then, what Django's request signals do around every request.

    Sending the signals costs more than a primary key query; what hangs on them (closing connections that
    broke or grew too old) matters every second, not every time.
    """

    def __init__(self) -> None:
        self._next_at = 0.0

    def check(self) -> None:
        renew_bloated()
        now = time.monotonic()
        if now >= self._next_at:
            self._next_at = now + UPKEEP_SECONDS
            close_old_connections()
            reset_queries()


def _do(job: _Job, upkeep: _Upkeep) -> None:
    future, work, args = job
    if not future.set_running_or_notify_cancel():
        return
    try:
        upkeep.check()
        result = work(*args)
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
        future.set_exception(error)
    else:
        future.set_result(result)


@cache
def threads_of(lane: ThreadLane) -> LaneThreads:
    """This process's threads of the lane."""
    setting, default = _THREADS[lane]
    return LaneThreads(lane, getattr(settings, setting, default), MOST_QUEUED[lane])


def stop_threads(seconds: float) -> None:
    """End the threads of all lanes; what still waits for the network after `seconds` is left behind."""
    began = time.monotonic()
    for lane in LANES_WITH_THREADS:
        threads = threads_of(lane)
        if not threads.stop(max(0.0, seconds - (time.monotonic() - began))):
            dropped = threads.drop()
            logger.warning("some work in the lane %r did not end in time, and %d never began", lane, dropped)

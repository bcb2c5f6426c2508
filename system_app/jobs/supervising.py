"""The process that runs jobs beside a server: started with it, started again when it dies, ended with it."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

logger = logging.getLogger(__name__)

# What runs when the process is told to end has so long to come to its own end.
STOP_SECONDS = 5.0
# And the process itself, which looks once a second and takes what it cut short off the queue.
END_SECONDS = STOP_SECONDS + 4
# A process that dies at once is not started again and again.
_PAUSE_SECONDS = 10.0
# At a start the first answer has the processor.
_FIRST_PAUSE_SECONDS = 1.0


class JobProcess:
    """Whoever serves calls `look_after` every second or so, and `end` at the end. Not for several threads."""

    def __init__(self, spawn: Callable[[], int], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`spawn` starts the process, the leader of a group of its own, and returns its id."""
        self._spawn = spawn
        self._clock = clock
        self._pid = 0
        self._starts_at = clock() + _FIRST_PAUSE_SECONDS

    @property
    def pid(self) -> int:
        """0 when none runs."""
        return self._pid

    def look_after(self) -> None:
        """Start the process unless it runs."""
        if self._pid and self._has_ended():
            logger.error("the process that runs jobs (%d) died; another one is started", self._pid)
            self._forget()
        if not self._pid and self._clock() >= self._starts_at:
            self._starts_at = self._clock() + _PAUSE_SECONDS
            self._pid = self._spawn()

    def tell(self) -> None:
        """Ask it to end; `end` waits until it has."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGTERM)

    def end(self) -> None:
        """Ask it to end, and see to it within END_SECONDS."""
        self.tell()
        until = self._clock() + END_SECONDS
        while self._pid and not self._has_ended() and self._clock() < until:
            time.sleep(0.05)
        self._forget()

    def _has_ended(self) -> bool:
        try:
            return os.waitpid(self._pid, os.WNOHANG)[0] != 0
        except ChildProcessError:
            return True  # somebody else waited for all children, as gunicorn does

    def _forget(self) -> None:
        """Whatever is left of its group, such as jobs that lost their runner, goes too."""
        if self._pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._pid, signal.SIGKILL)
            self._pid = 0


class Guard:
    """Looks after a JobProcess on a thread of its own, where a server has no place of its own for that."""

    def __init__(self, process: JobProcess) -> None:
        self._process = process
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="joey-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            self._process.look_after()
            self._over.wait(1)
        self._process.end()

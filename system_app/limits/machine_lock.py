"""A lock that one thread of one process on this machine has at a time, for work of a few microseconds."""

import ctypes
import fcntl
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

# Others hold it for some microseconds. On a busy machine they may lose the processor meanwhile, for some
# milliseconds; longer than this only those hold it that were stopped.
_PATIENCE_SECONDS, _PAUSE_SECONDS, _RESIGNED_SECONDS = 0.05, 0.0001, 1.0
# The call of the system, with the interpreter lock kept: `fcntl.flock` gives that away, and on a busy server
# would have it back half a millisecond later, with all other processes waiting for what it has just locked.
_flock = ctypes.PyDLL(None).flock
_flock.argtypes = (ctypes.c_int, ctypes.c_int)
_TAKE, _LEAVE = fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_UN


class MachineLock:
    """`with lock:` on a file that this process has opened for itself; the kernel ends it with the process.

    `with lock.at(second):` leaves the system out while `is_alone` says that there is no other process: to ask
    it costs as much as the work that the lock is for. That is looked at once in a second.

    A lock that another process does not give back is waited for 50 ms, and then no more for a second: what is
    done then is done without it. So it is for what may go wrong a little, but must never stop.
    """

    def __init__(self, descriptor: int, is_alone: Callable[[], bool]) -> None:
        self._descriptor = descriptor
        self._is_alone = is_alone
        self._alone_at = self._shared_at = -1
        self._threads = threading.Lock()
        self._resigned_until = 0.0

    def at(self, second: int) -> AbstractContextManager[object]:
        """The lock as it is needed now."""
        if second == self._alone_at:
            return self._threads
        if second != self._shared_at:
            if self._is_alone():
                self._alone_at = second
                return self._threads
            self._shared_at = second
        return self

    def __enter__(self) -> None:
        self._threads.acquire()
        if _flock(self._descriptor, _TAKE):
            self._wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _flock(self._descriptor, _LEAVE)
        self._threads.release()

    def _wait(self) -> None:
        began = time.monotonic()
        if began < self._resigned_until:
            return
        while time.monotonic() < began + _PATIENCE_SECONDS:
            time.sleep(_PAUSE_SECONDS)
            if not _flock(self._descriptor, _TAKE):
                return
        self._resigned_until = time.monotonic() + _RESIGNED_SECONDS

"""How long this thread may wait for other people's servers at most, where somebody else waits for it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf


class _Thread(threading.local):
    ends_at = inf


_thread = _Thread()


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Requests that this thread makes in the block end within this time, too."""
    outer = _thread.ends_at
    _thread.ends_at = min(outer, time.monotonic() + seconds)
    try:
        yield
    finally:
        _thread.ends_at = outer


def patience_ends_at() -> float:
    """When that is, by `time.monotonic`; infinity where nobody said anything."""
    return _thread.ends_at

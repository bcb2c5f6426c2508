"""Moments of entries: many of them fall into one second, whose text is made once."""

from datetime import UTC, datetime
from functools import lru_cache


def stored_moment(timestamp: float) -> str:
    """A time since 1970 as it is stored.

    >>> stored_moment(1.0625)
    '1970-01-01 00:00:01.062Z'
    """
    milliseconds = int(timestamp * 1000)
    return f"{_second(milliseconds // 1000)}{milliseconds % 1000:03d}Z"


@lru_cache(maxsize=64)
def _second(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S.")

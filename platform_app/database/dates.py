"""Moments as PocketBase writes them: UTC text that sorts and compares as text."""

from datetime import UTC, datetime, timedelta


def now() -> str:
    """The present moment, such as `2026-05-14 18:14:18.378Z`."""
    return in_seconds(0)


def in_seconds(seconds: int) -> str:
    """The moment that many seconds from now, or before it if they are negative."""
    return as_stored(datetime.now(UTC) + timedelta(seconds=seconds))


def as_stored(moment: datetime) -> str:
    """A moment in UTC as PocketBase stores it."""
    return moment.isoformat(" ", "milliseconds")[:23] + "Z"

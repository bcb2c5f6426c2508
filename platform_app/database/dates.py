"""Moments as PocketBase writes them: UTC text that sorts and compares as text."""

from datetime import UTC, datetime


def now() -> str:
    """The present moment, such as `2026-05-14 18:14:18.378Z`."""
    return as_stored(datetime.now(UTC))


def as_stored(moment: datetime) -> str:
    """A moment in UTC as PocketBase stores it."""
    return moment.isoformat(" ", "milliseconds")[:23] + "Z"

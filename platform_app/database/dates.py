"""Moments as PocketBase writes them: UTC text that sorts and compares as text."""

from datetime import UTC, datetime


def now() -> str:
    """The present moment, such as `2026-05-14 18:14:18.378Z`."""
    return datetime.now(UTC).isoformat(" ", "milliseconds")[:23] + "Z"

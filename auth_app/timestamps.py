"""Dates as PocketBase's tables hold them: UTC text with milliseconds."""

from datetime import UTC, datetime

_FORMAT = "%Y-%m-%d %H:%M:%S.%fZ"


def now_text() -> str:
    """The present moment, such as `2026-01-31 09:05:00.123Z`."""
    return datetime.now(UTC).isoformat(sep=" ", timespec="milliseconds").replace("+00:00", "Z")


def age_seconds(text: str) -> float:
    """Seconds since a stored date; infinite for text that is none, so that it counts as expired."""
    try:
        then = datetime.strptime(text, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return float("inf")
    return (datetime.now(UTC) - then).total_seconds()

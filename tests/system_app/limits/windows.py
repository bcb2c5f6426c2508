"""Taking from a window of the machine's table."""

from system_app.limits.rate_table import RateTable, Window


def take(table: RateTable, key: int, most: int, seconds: int, now: int) -> bool:
    """Whether a process that knows nothing of this window yet is let in."""
    return table.take(Window(key, most, seconds, table.epoch), now)

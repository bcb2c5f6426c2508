"""Whether the disk of the data directory is full: SQLite's own words for that are many, and say it of few."""

import shutil

from django.conf import settings

# With less, SQLite cannot make a log and the memory that processes share, and calls that "disk I/O error".
_NEEDED_BYTES = 256 * 1024


def is_disk_full() -> bool:
    """Whether there is no room to open a database and write a little to it."""
    try:
        return shutil.disk_usage(settings.JOEY_DATA_DIR).free < _NEEDED_BYTES
    except OSError:
        return False  # there is no directory yet


def with_reason(text: str) -> str:
    """What went wrong in the data directory, in one line, with what is to be done where the disk is full."""
    if not is_disk_full():
        return text
    return f"{text.rstrip('.')}: the disk of {settings.JOEY_DATA_DIR} is full, make room on it"

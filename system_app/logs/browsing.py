"""Entries of the log as people page through them: by the number of a row, so that new ones move nothing.

What is counted is counted once for all levels. On a million entries the newest ones come at once, and a
timeline of all of them, filtered by what is in their JSON, takes about half a second.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import DataError, OperationalError, ProgrammingError

from collections_app.filterlang.errors import FilterError
from platform_app.database.dates import as_stored
from platform_app.database.routers import log_database
from platform_app.database.rows import Statement, fetch_all, fetch_one
from system_app.logs.levels import ERROR, INFO, WARN
from system_app.logs.listing import Json, item_of
from system_app.logs.listing_sql import (
    before_sql,
    behind_sql,
    count_sql,
    edges_sql,
    items_sql,
    newest_of_level_sql,
    newest_row_sql,
    rows_between_sql,
    timeline_sql,
)
from system_app.logs.tail import UnusableFilter

_NEWEST = 2**63 - 1
# Seconds of a span, how many characters of a moment it has, and up to how many seconds it is used for.
_SPANS = (
    (60, 16, 4 * 60 * 60),
    (600, 15, 2 * 24 * 60 * 60),
    (3600, 13, 21 * 24 * 60 * 60),
    (24 * 60 * 60, 10, 10 * 366 * 24 * 60 * 60),
)
_LAST = "9999-12-31 23"
_MOMENT = "%Y-%m-%d %H:%M:%S"
LEVELS = ("debug", "info", "warn", "error")


@dataclass(frozen=True)
class Entry:
    """An entry as the API has it, and the number of its row."""

    row: int
    item: Json


@dataclass(frozen=True)
class Timeline:
    """How many entries of each of LEVELS began in each span; `begins` are the spans' first moments."""

    seconds: int
    begins: tuple[datetime, ...]
    counts: dict[str, tuple[int, ...]]

    def total(self, level: str = "") -> int:
        return sum(sum(counts) for name, counts in self.counts.items() if level in {"", name})

    @property
    def until(self) -> datetime | None:
        return self.begins[-1] + timedelta(seconds=self.seconds) if self.begins else None


def level_name(level: int) -> str:
    """The one of LEVELS that a level belongs to.

    >>> [level_name(level) for level in (-8, -1, 0, 2, 4, 8, 12)]
    ['debug', 'debug', 'info', 'info', 'warn', 'error', 'error']
    """
    return "debug" if level < INFO else "info" if level < WARN else "warn" if level < ERROR else "error"


def newest_row() -> int:
    """The number of the newest entry's row, 0 without any."""
    row = fetch_one(newest_row_sql(), using=log_database())
    return (row and row[0]) or 0


@dataclass(frozen=True)
class Range:
    """From a moment, and up to another one; None is without an end."""

    since: datetime | None = None
    until: datetime | None = None

    def filter(self, filter_text: str) -> str:
        """A filter that fits what is within, too."""
        parts = [f"({filter_text})"] if filter_text else []
        if self.since:
            parts.append(f'created >= "{as_stored(self.since)}"')
        if self.until:
            parts.append(f'created < "{as_stored(self.until)}"')
        return " && ".join(parts)


def entries_before(
    filter_text: str, row: int | None, limit: int, *, within: Range | None = None
) -> list[Entry]:
    """The newest entries that fit, of those before a row; the newest one first. Raises UnusableFilter."""
    within = within or Range()
    before, from_row = _NEWEST if row is None else row, 0
    if within != Range():
        first, last = _rows_within(within)
        before, from_row = min(before, last + 1), first
    return _entries(lambda: before_sql(within.filter(filter_text), before, limit, from_row=from_row))


def entries_behind(filter_text: str, row: int, limit: int) -> list[Entry]:
    """The newest entries that fit, of those written after a row; the newest one first.

    Raises UnusableFilter.
    """
    return _entries(lambda: behind_sql(filter_text, row, limit))


def entries_of(ids: Sequence[str]) -> list[Entry]:
    """Those that are there, the newest one first."""
    return _entries(lambda: (items_sql(len(ids)), tuple(ids))) if ids else []


def count_entries() -> int:
    """How many there are in all."""
    row = fetch_one(count_sql(), using=log_database())
    return row[0] if row else 0


def count_recent_errors(since: datetime, most: int) -> int:
    """How many errors were logged since then, `most` for more of them; looks at so many entries only."""
    rows = fetch_all(*newest_of_level_sql(ERROR, most), using=log_database())
    moment = as_stored(since)
    return sum(created >= moment for (created,) in rows)


def timeline(filter_text: str, within: Range | None = None) -> Timeline:
    """The entries that fit in equal spans, of a range or from the oldest to now. Raises UnusableFilter."""
    within = within or Range()
    first, last = fetch_one(edges_sql(), using=log_database()) or (None, None)
    if first is None:
        return Timeline(_SPANS[0][0], (), dict.fromkeys(LEVELS, ()))
    now = datetime.now(UTC)
    oldest, newest = _hour(first), max(_hour(last) + timedelta(hours=1), now)
    since = min(max(within.since or oldest, oldest), newest)
    until = max(min(within.until or now, newest), since)
    long = (until - since).total_seconds()
    seconds, characters, longest = next((span for span in _SPANS if long <= span[2]), _SPANS[-1])
    since = max(since, until - timedelta(seconds=longest))
    begin = _floor(since, seconds)
    count = int((until - begin).total_seconds() // seconds) + 1
    begins = tuple(begin + timedelta(seconds=at * seconds) for at in range(count))
    edges = as_stored(since), _just_behind(until)
    rows = _asked(lambda: timeline_sql(filter_text, characters, *edges, is_part=since > oldest))
    found: dict[str, dict[str, int]] = {name: defaultdict(int) for name in LEVELS}
    for text, level, total in rows:
        found[level_name(level)][text] += total
    keys = [f"{moment:{_MOMENT}}"[:characters] for moment in begins]
    return Timeline(
        seconds, begins, {name: tuple(counts.get(key, 0) for key in keys) for name, counts in found.items()}
    )


def _entries(make: Callable[[], Statement]) -> list[Entry]:
    return [Entry(row[0], item_of(row[1:])) for row in _asked(make)]


def _asked(make: Callable[[], Statement]) -> list[tuple[Any, ...]]:
    try:
        return fetch_all(*make(), using=log_database())
    except (FilterError, DataError, OperationalError, ProgrammingError) as error:
        raise UnusableFilter(str(error)) from error


def _rows_within(within: Range) -> tuple[int, int]:
    """The first and the last row that may be within."""
    since = as_stored(within.since) if within.since else ""
    until = as_stored(within.until) if within.until else _LAST
    found = fetch_one(*rows_between_sql(since, until), using=log_database())
    first, last = found or (None, None)
    return (0, -1) if first is None else (first, last)


def _hour(text: str) -> datetime:
    """This hour for one that nobody can read."""
    try:
        return datetime.strptime(text[:13], "%Y-%m-%d %H").replace(tzinfo=UTC)
    except ValueError:
        return _floor(datetime.now(UTC), 3600)


def _floor(moment: datetime, seconds: int) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def _just_behind(moment: datetime) -> str:
    """What is greater than all moments of this millisecond as they are stored."""
    return f"{as_stored(moment)}~"

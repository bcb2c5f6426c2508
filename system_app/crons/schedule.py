"""Cron expressions: five segments or a macro, and which minutes they mean (contract/system.md 6 and 18).

Reference: tools/cron/schedule.go, PocketBase v0.39.11.
"""

import json
import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from platform_app.wire.struct_decoding import INT64

MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

# 29 February is on each day of the week within so many, also around a year such as 2100, which has none.
_MOST_YEARS = 41
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


class InvalidCron(ValueError):
    """The text is no cron expression; the message says where it stops being one."""


@dataclass(frozen=True)
class Schedule:
    """The minutes at which a job runs; day of the month and day of the week must both match."""

    expression: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises InvalidCron. Macros are expanded in `expression`."""
        expression = MACROS.get(text, text)
        segments = expression.split(" ")
        if len(segments) != 5:
            raise InvalidCron(
                "invalid cron expression - must be a valid macro "
                "or to have exactly 5 space separated segments"
            )
        minute, hour, day, month, weekday = segments
        return cls(
            expression=expression,
            minutes=_slots(minute, 0, 59),
            hours=_slots(hour, 0, 23),
            days=_slots(day, 1, 31),
            months=_slots(month, 1, 12),
            weekdays=_slots(weekday, 0, 6),
        )

    def is_due(self, moment: datetime) -> bool:
        """Whether the job runs in the minute of `moment` (UTC)."""
        return (
            moment.minute in self.minutes
            and moment.hour in self.hours
            and moment.day in self.days
            and moment.month in self.months
            and moment.isoweekday() % 7 in self.weekdays
        )

    def next_after(self, moment: datetime) -> datetime | None:
        """The beginning of the first minute after that of `moment` (UTC) at which the job runs.

        None for a day that never comes, such as 30 February.
        """
        start = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        hours = [
            time(hour, minute, tzinfo=UTC) for hour in sorted(self.hours) for minute in sorted(self.minutes)
        ]
        for day in self._days_from(start.date()):
            for clock in hours:
                if (found := datetime.combine(day, clock)) >= start:
                    return found
        return None

    def _days_from(self, first: date) -> Iterator[date]:
        """The days on which it runs, for as long as it may take until one comes again."""
        for number in range(first.year * 12 + first.month - 1, (first.year + _MOST_YEARS) * 12):
            year, month = number // 12, number % 12 + 1
            if month not in self.months:
                continue
            for day in sorted(self.days):
                if day <= monthrange(year, month)[1]:
                    found = date(year, month, day)
                    if found >= first and found.isoweekday() % 7 in self.weekdays:
                        yield found


def _slots(segment: str, lowest: int, highest: int) -> frozenset[int]:
    return frozenset(slot for part in segment.split(",") for slot in _part(part, lowest, highest))


def _part(part: str, lowest: int, highest: int) -> Iterator[int]:
    span, *steps = part.split("/")
    if len(steps) > 1:
        raise InvalidCron("invalid segment step format - must be in the format */n or 1-30/n")
    step = _integer(steps[0]) if steps else 1
    if steps and not 1 <= step <= highest:
        raise InvalidCron(f"invalid segment step boundary - the step must be between 1 and the {highest}")
    first, last = _span(span, step, lowest, highest)
    return iter(range(first, last + 1, step))


def _span(span: str, step: int, lowest: int, highest: int) -> tuple[int, int]:
    if span == "*":
        return lowest, highest
    ends = span.split("-")
    if len(ends) > 2:
        raise InvalidCron("invalid segment range format - the range must have 1 or 2 parts")
    if len(ends) == 1:
        if step != 1:
            raise InvalidCron(
                "invalid segment step - step > 1 could be used only with the wildcard or range format"
            )
        value = _integer(span)
        if not lowest <= value <= highest:
            raise InvalidCron("invalid segment value - must be between the min and max of the segment")
        return value, value
    first = _integer(ends[0])
    if not lowest <= first <= highest:
        raise InvalidCron(f"invalid segment range minimum - must be between {lowest} and {highest}")
    last = _integer(ends[1])
    if not first <= last <= highest:
        raise InvalidCron(f"invalid segment range maximum - must be between {first} and {highest}")
    return first, last


def _integer(text: str) -> int:
    # The words are those of Go's strconv, which the reference passes on.
    if not _INTEGER.fullmatch(text):
        raise InvalidCron(f"strconv.Atoi: parsing {json.dumps(text, ensure_ascii=False)}: invalid syntax")
    value = int(text) if len(text) < 30 else INT64.stop
    if value not in INT64:
        raise InvalidCron(f'strconv.Atoi: parsing "{text}": value out of range')
    return value

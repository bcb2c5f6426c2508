"""The macros: names such as `@now` that stand for a moment, in UTC, of when the filter runs.

Reference: contract/filters.md 7.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Macro = Callable[[datetime], str | int]


def current_moment() -> datetime:
    """The moment that a macro is about when it is bound."""
    return datetime.now(UTC)


def _text(moment: datetime) -> str:
    """The form in which dates are stored: `YYYY-MM-DD HH:MM:SS.mmmZ`."""
    return moment.replace(tzinfo=None).isoformat(" ", "milliseconds") + "Z"


def _start_of_day(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _end_of_day(moment: datetime) -> datetime:
    return moment.replace(hour=23, minute=59, second=59, microsecond=999_999)


def _end_of_month(moment: datetime) -> datetime:
    in_next_month = moment.replace(day=28) + timedelta(days=4)
    return _end_of_day(in_next_month - timedelta(days=in_next_month.day))


MACROS: dict[str, Macro] = {
    "@now": _text,
    "@yesterday": lambda now: _text(now - timedelta(days=1)),
    "@tomorrow": lambda now: _text(now + timedelta(days=1)),
    "@second": lambda now: now.second,
    "@minute": lambda now: now.minute,
    "@hour": lambda now: now.hour,
    "@day": lambda now: now.day,
    "@weekday": lambda now: now.isoweekday() % 7,
    "@month": lambda now: now.month,
    "@year": lambda now: now.year,
    "@todayStart": lambda now: _text(_start_of_day(now)),
    "@todayEnd": lambda now: _text(_end_of_day(now)),
    "@monthStart": lambda now: _text(_start_of_day(now.replace(day=1))),
    "@monthEnd": lambda now: _text(_end_of_month(now)),
    "@yearStart": lambda now: _text(_start_of_day(now.replace(month=1, day=1))),
    "@yearEnd": lambda now: _text(_end_of_day(now.replace(month=12, day=31))),
}
NUMBER_MACROS = frozenset(("@second", "@minute", "@hour", "@day", "@weekday", "@month", "@year"))

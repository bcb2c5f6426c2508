"""Moments as text: every accepted way of writing one, turned into `YYYY-MM-DD HH:MM:SS.mmmZ`.

The zero moment, year 1, and whatever cannot be read are the empty text. The calendar goes beyond that of
`datetime`: year 0 exists, and an offset may lead into the years -1 and 10000.
Reference: contract/fields.md 8; time.Parse of Go 1.25 with the layouts of spf13/cast 1.10.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ZERO = "0001-01-01 00:00:00.000Z"
_STORED = re.compile(rf"(?:(?!{re.escape(_ZERO)}){_CANONICAL.pattern})?")
_YEAR_PIVOT = 69  # of two-digit years: from here on they belong to the 20th century

_SHORT_YEAR = r"(?P<short_year>[0-9]{2}|[+-][0-9])"
_MONTH = rf"(?P<month_name>(?i:{'|'.join(_MONTHS)}))"
_WEEKDAY = r"(?i:mon|tue|wed|thu|fri|sat|sun)"
_LONG_WEEKDAY = r"(?i:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?"
_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_DAY2 = r"(?P<day>[0-9]{2})"
_DAY1 = r"(?P<day>[0-9]{1,2})"
_YEAR = r"(?P<year>[0-9]{4})"
_OFFSET = r"(?P<offset>[+-][0-9]{4})"
_COLON_OFFSET = r"(?P<colon_offset>[+-][0-9]{2}:[0-9]{2})"
_HOURS_EAST = r"[+-]0*(?:1?[0-9]|2[0-3])"
# What looks like the name of a time zone; names other than UTC and GMT+n say nothing about the offset.
_ZONE = (
    rf"(?:(?P<utc>UTC)|GMT(?P<gmt>{_HOURS_EAST})?|{_HOURS_EAST}|ChST|MeST|WITA"
    r"|(?!UTC|GMT)[A-Z]{3}(?:[A-Z]?T)?)"
)

# In these layouts a blank stands for one or more blanks.
_LAYOUTS = tuple(
    re.compile(layout.replace(" ", " +"))
    for layout in (
        rf"{_DATE}(?:T{_CLOCK}(?:Z|{_COLON_OFFSET}|{_OFFSET})?)?",
        rf"{_DATE} {_CLOCK}(?:Z|(?: )?{_COLON_OFFSET}|{_OFFSET})?",
        rf"{_DATE} {_CLOCK} {_OFFSET}(?: {_ZONE})?",
        rf"{_WEEKDAY}, {_DAY2} {_MONTH} {_YEAR} {_CLOCK} (?:{_OFFSET}|{_ZONE})",
        rf"{_DAY2} {_MONTH} {_SHORT_YEAR} (?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})"
        rf" (?:{_OFFSET}|{_ZONE})",
        rf"{_LONG_WEEKDAY}, {_DAY2}-{_MONTH}-{_SHORT_YEAR} {_CLOCK} {_ZONE}",
        rf"{_WEEKDAY} {_MONTH} {_DAY1} {_CLOCK}(?: {_ZONE})? {_YEAR}",
        rf"{_WEEKDAY} {_MONTH} {_DAY2} {_CLOCK} {_OFFSET} {_YEAR}",
        rf"{_DAY2} {_MONTH} {_YEAR}",
        r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?P<half>AM|PM)",
        rf"{_MONTH} {_DAY1} {_CLOCK}",
    )
)


def parse_datetime(raw: Any) -> str:
    """The canonical text of a moment, the empty text for anything that is not one.

    >>> parse_datetime("2024-05-01T10:00:00+02:00"), parse_datetime("tomorrow")
    ('2024-05-01 08:00:00.000Z', '')
    """
    if isinstance(raw, str):
        return _parse(raw) if raw else ""
    if isinstance(raw, datetime):
        moment = raw.astimezone(UTC) if raw.tzinfo else raw
        return _without_zero(moment.isoformat(" ", "milliseconds")[:23] + "Z")
    return _without_zero(f"{raw.isoformat()} 00:00:00.000Z") if isinstance(raw, date) else ""


def _parse(text: str) -> str:
    for layout in _LAYOUTS:
        match = layout.fullmatch(text)
        if match is not None:
            return _text_of({name: part for name, part in match.groupdict().items() if part})
    return ""


def _text_of(parts: dict[str, str]) -> str:
    year, month, day = _date_of(parts)
    hour, minute, second = (int(parts.get(name, 0)) for name in ("hour", "minute", "second"))
    if "half" in parts:
        if hour > 12:
            return ""
        if parts["half"] == "PM" and hour < 12:
            hour += 12
        elif parts["half"] == "AM" and hour == 12:
            hour = 0
    if hour > 23 or minute > 59 or second > 59 or not 1 <= month <= 12 or not _is_day(year, month, day):
        return ""
    offset = _offset_minutes(parts)
    if offset is None:
        return ""
    if offset:
        days, minutes = divmod(hour * 60 + minute - offset, 24 * 60)
        year, month, day = _civil(_ordinal(year, month, day) + days)
        hour, minute = divmod(minutes, 60)
    fraction = parts.get("fraction", "")
    milliseconds = (fraction + "000")[:3]
    shown_year = f"{year:04d}" if year >= 0 else f"-{-year:04d}"
    text = f"{shown_year}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}.{milliseconds}Z"
    return text if fraction[:9].strip("0") else _without_zero(text)


def _without_zero(text: str) -> str:
    return "" if text == _ZERO else text


def _date_of(parts: dict[str, str]) -> tuple[int, int, int]:
    if "short_year" in parts:
        short = int(parts["short_year"])
        year = short + (1900 if short >= _YEAR_PIVOT else 2000)
    else:
        year = int(parts.get("year", 0))
    if "month_name" in parts:
        month = _MONTHS.index(parts["month_name"].lower()) + 1
    else:
        month = int(parts.get("month", 1))
    return year, month, int(parts.get("day", 1))


def _is_day(year: int, month: int, day: int) -> bool:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= day <= (28 if month == 2 and not is_leap else _DAYS[month - 1])


def _offset_minutes(parts: dict[str, str]) -> int | None:
    """Minutes to subtract from the clock for UTC; None when the offset is out of range."""
    offset = parts.get("offset") or parts.get("colon_offset", "").replace(":", "")
    if not offset:
        # A clock with `GMT+3` behind it is moved the wrong way round by Go; so is it here.
        east = parts.get("gmt", "+0")
        # Of zeros there may be thousands, more digits than Python reads.
        return -60 * int(east[0] + (east[1:].lstrip("0") or "0"))
    hours, minutes = int(offset[1:3]), int(offset[3:5])
    if hours > 24 or minutes > 60:
        return None
    if "utc" in parts:
        return 0  # the name UTC outweighs the number before it
    return (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)


def _ordinal(year: int, month: int, day: int) -> int:
    """Days since 0000-03-01 in the proleptic Gregorian calendar."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year


def _civil(ordinal: int) -> tuple[int, int, int]:
    era, day_of_era = divmod(ordinal, 146097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    month = (shifted_month + 2) % 12 + 1
    return (
        era * 400 + year_of_era + (month <= 2),
        month,
        day_of_year - (153 * shifted_month + 2) // 5 + 1,
    )


def datetime_from_db(stored: Any) -> str:
    """A stored moment; the canonical form passes quickly, other forms are read like input."""
    if type(stored) is str:
        if stored == "" or (len(stored) == 24 and stored != _ZERO and _CANONICAL.fullmatch(stored)):
            return stored
        return _parse(stored)
    return parse_datetime(stored)


def datetimes_from_db(column: Sequence[Any]) -> Sequence[Any]:
    """`datetime_from_db` for many: a column of canonical moments is recognised as a whole."""
    try:
        if all(map(_STORED.fullmatch, column)):
            return column
    except TypeError:
        pass  # a NULL, or a number
    return list(map(datetime_from_db, column))


def as_rfc3339(text: str) -> str:
    """A canonical moment as JSON writes Go's time.

    >>> as_rfc3339("2024-01-01 00:00:00.500Z")
    '2024-01-01T00:00:00.5Z'
    """
    return text[:-5].replace(" ", "T") + text[-5:-1].rstrip("0").rstrip(".") + "Z"


def as_go_text(text: str) -> str:
    """A canonical moment as messages show Go's time.

    >>> as_go_text("2024-01-01 00:00:00.000Z")
    '2024-01-01 00:00:00 +0000 UTC'
    """
    return text[:-5] + text[-5:-1].rstrip("0").rstrip(".") + " +0000 UTC"

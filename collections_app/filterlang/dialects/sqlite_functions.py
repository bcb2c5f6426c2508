"""SQL functions that an older SQLite lacks: the newer letters of strftime.

PocketBase v0.39.11 ships an SQLite whose strftime knows `%e %F %I %k %l %p %P %R %T %u` (3.44) and
`%G %g %U %V` (3.46); system libraries are often older. The moment itself is still read by SQLite, from a
private connection, so that both agree on every spelling of a date.
"""

import re
import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from platform_app.database.sqlite_driver import sqlite3

_LETTER = re.compile(r"%(.?)", re.DOTALL)
_SINCE_344 = frozenset("eFIklpPRTu")
_SINCE_346 = frozenset("GgUV")
# What the function itself asks SQLite for: year, month, day, hour, minute, second, day of the year, weekday.
_PARTS = "%Y|%m|%d|%H|%M|%S|%j|%w"


def needs_own_strftime(format_text: str, version: tuple[int, ...]) -> bool:
    """Whether this format has letters that SQLite `version` does not know, but a newer one does."""
    letters = set(_LETTER.findall(format_text))
    return bool((version < (3, 44) and letters & _SINCE_344) or (version < (3, 46) and letters & _SINCE_346))


def register_sqlite_functions(connection: sqlite3.Connection) -> None:
    """Make the functions that compiled filters may call known to a new connection."""
    connection.create_function("joey_strftime", -1, _strftime)


class _Thread(threading.local):
    """A connection of this thread's own: the one that asks is busy while it runs our function."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:")


_thread = _Thread()


def _builtin(arguments: tuple[Any, ...]) -> Any:
    marks = ", ".join("?" * len(arguments))
    return _thread.connection.execute(f"SELECT strftime({marks})", arguments).fetchone()[0]


def _strftime(*arguments: Any) -> str | None:
    """strftime with all letters of SQLite 3.46; NULL for an unreadable moment or an unknown letter."""
    format_text, *moment = arguments
    if not isinstance(format_text, str):
        return None
    # Adding nothing turns February 31 into March 2, which older versions would print as it stands.
    parts = _builtin((_PARTS, *(moment or ["now"]), "+0 days"))
    if parts is None:
        return None
    year, month, day, hour, minute, second, day_of_year, weekday = (int(part) for part in parts.split("|"))
    numbers = _Moment(year, month, day, hour, minute, second, day_of_year, weekday)

    def expand(found: re.Match[str]) -> str:
        letter = found.group(1)
        own = _OWN_LETTERS.get(letter)
        return own(numbers) if own else found.group()

    expanded = _LETTER.sub(expand, format_text)
    result: str | None = _builtin((expanded, *(moment or ["now"]), "+0 days"))
    return result


class _Moment:
    """The parts of a moment as numbers; `weekday` counts from Sunday, 0."""

    __slots__ = ("day", "day_of_year", "hour", "minute", "month", "second", "weekday", "year")

    def __init__(self, year: int, month: int, day: int, hour: int, minute: int, *rest: int) -> None:
        self.year, self.month, self.day, self.hour, self.minute = year, month, day, hour, minute
        self.second, self.day_of_year, self.weekday = rest

    @property
    def iso(self) -> tuple[int, int]:
        """The ISO 8601 year and week; years without a calendar in Python answer with their own."""
        if not 1 <= self.year <= 9999:
            return self.year, 0
        found = date(self.year, self.month, self.day).isocalendar()
        return found.year, found.week

    @property
    def hour_12(self) -> int:
        return self.hour % 12 or 12


_OWN_LETTERS: dict[str, Callable[[_Moment], str]] = {
    "e": lambda m: f"{m.day:2d}",
    "F": lambda m: f"{m.year:04d}-{m.month:02d}-{m.day:02d}",
    "I": lambda m: f"{m.hour_12:02d}",
    "k": lambda m: f"{m.hour:2d}",
    "l": lambda m: f"{m.hour_12:2d}",
    "p": lambda m: "AM" if m.hour < 12 else "PM",
    "P": lambda m: "am" if m.hour < 12 else "pm",
    "R": lambda m: f"{m.hour:02d}:{m.minute:02d}",
    "T": lambda m: f"{m.hour:02d}:{m.minute:02d}:{m.second:02d}",
    "u": lambda m: str(m.weekday or 7),
    "U": lambda m: f"{(m.day_of_year + 6 - m.weekday) // 7:02d}",
    "G": lambda m: f"{m.iso[0]:04d}",
    "g": lambda m: f"{m.iso[0] % 100:02d}",
    "V": lambda m: f"{m.iso[1]:02d}",
}

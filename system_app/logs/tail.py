"""The end of the log for people at a terminal: the newest entries, and those to come."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import DataError, OperationalError, ProgrammingError

from collections_app.filterlang.errors import FilterError
from platform_app.database.routers import log_database
from platform_app.database.rows import Statement, fetch_all, fetch_one
from system_app.logs.levels import DEBUG, ERROR, INFO, WARN, name_of
from system_app.logs.listing_sql import after_sql, last_sql, newest_row_sql

LEVELS = {"debug": DEBUG, "info": INFO, "warn": WARN, "error": ERROR}
_PAGE = 1000


class UnusableFilter(Exception):
    """The filter cannot be understood, or does not fit what is stored."""


class Line(NamedTuple):
    """An entry, and the number of its row."""

    row: int
    id: str
    created: str
    data: str
    message: str
    level: int


class Tail:
    """Entries of a level or above that fit a filter; each one is given once."""

    def __init__(self, filter_text: str = "", min_level: int = DEBUG) -> None:
        self._filter = filter_text
        self._min_level = min_level
        self._row = 0

    def last(self, count: int) -> list[Line]:
        """The newest entries, the oldest of them first. Raises UnusableFilter."""
        self._row = _newest_row()
        found = _lines(lambda: last_sql(self._filter, self._min_level, count))
        return [line for line in reversed(found) if line.row <= self._row]

    def new(self) -> Iterator[Line]:
        """What was written since the last call."""
        if _newest_row() < self._row:
            self._row = 0  # the log was emptied: SQLite numbers from the beginning
        while True:
            found = _lines(lambda: after_sql(self._filter, self._min_level, self._row, _PAGE))
            yield from found
            if not found:
                return
            self._row = found[-1].row


def _newest_row() -> int:
    row = fetch_one(newest_row_sql(), using=log_database())
    return (row and row[0]) or 0


def _lines(make: Any) -> list[Line]:
    try:
        sql: Statement = make()
        return [Line(*row) for row in fetch_all(*sql, using=log_database())]
    except (FilterError, DataError, OperationalError, ProgrammingError) as error:
        raise UnusableFilter(str(error)) from error


def text_of_line(line: Line) -> str:
    """One entry on one line, or with its traceback below; without what would move the cursor.

    The texts may be strangers'.
    """
    data = _object(line.data)
    if data.get("type") == "request":
        return _printable(f"{_beginning(line)} {_request(data)}")
    trace = data.pop("trace", "")
    attributes = " ".join(f"{key}={_short(value)}" for key, value in data.items())
    text = _printable(f"{_beginning(line)} {attributes}".rstrip())
    return "\n".join([text, *(_printable(part) for part in str(trace).splitlines())])


def _beginning(line: Line) -> str:
    return f"{line.created} {name_of(line.level):<5} {line.message}"


def _request(data: dict[str, Any]) -> str:
    parts = [f"-> {data.get('status')}", f"{data.get('execTime', 0):g} ms"]
    if data.get("auth"):
        parts.append(f"by {data['auth']}{'/' + data['authId'] if data.get('authId') else ''}")
    if data.get("userIP"):
        parts.append(f"from {data['userIP']}")
    if "error" in data:
        parts.append(f"error={_short(data['error'])}")
    if data.get("details") is not None:
        parts.append(f"details={_short(data['details'])}")
    return " ".join(parts)


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except ValueError:
        return {"data": text}
    return data if isinstance(data, dict) else {"data": data}


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in text)

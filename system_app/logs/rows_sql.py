"""The statements that write `_logs` and delete from it."""

import time
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from platform_app.database.ids import LOWER_ALPHANUMERIC, random_text
from platform_app.database.routers import log_database
from platform_app.wire.nul_characters import NUL, without_nul

# Readers and other writers get their turn between two of them.
_ROWS_PER_DELETE = 5000
MOST_ROWS_AT_ONCE = 5000
# Many rows in one statement: for each statement the writer's thread gives the interpreter lock away, and on a
# busy server gets it back half a millisecond later. A few sizes, so that all are prepared once.
_ROWS_PER_INSERT = (190, 20, 4, 1)  # of five columns; SQLite before 3.32 takes 999 parameters

_COLUMNS = '"id", "level", "message", "data", "created"'
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Row(NamedTuple):
    """A row of `_logs`; `data` is the text of a JSON object."""

    id: str
    level: int
    message: str
    data: str
    created: str


def new_ids(count: int) -> list[str]:
    """So many ids in ascending order, as long as those of records; at most MOST_ROWS_AT_ONCE.

    They begin with the time: rows of random ids would touch every page of the index, and cost twice as much.
    """
    prefix = _base36(time.time_ns() // 1000, 10) + random_text(2, LOWER_ALPHANUMERIC)
    return [prefix + suffix for suffix in _suffixes()[:count]]


@cache
def _suffixes() -> list[str]:
    return [_base36(number, 3) for number in range(MOST_ROWS_AT_ONCE)]


def _base36(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, rest = divmod(number, len(_DIGITS))
        digits = _DIGITS[rest] + digits
    return digits


def insert(rows: Sequence[Row]) -> None:
    """Write all rows in one transaction. Raises Django's database errors."""
    wrapper = _wrapper()
    if wrapper.vendor == "sqlite":
        _make_ready(wrapper)
    else:
        rows = [_without_nul(row) if _may_have_nul(row) else row for row in rows]
    with transaction.atomic(using=wrapper.alias), wrapper.wrap_database_errors:
        # Without Django's cursor, which looks at every parameter.
        cursor = wrapper.connection.cursor()
        at = 0
        while at < len(rows):
            size = next(size for size in _ROWS_PER_INSERT if size <= len(rows) - at)
            params = list(chain.from_iterable(rows[at : at + size]))
            cursor.execute(_insert_sql(size, wrapper.vendor), params)
            at += size
        cursor.close()


def _make_ready(wrapper: BaseDatabaseWrapper) -> None:
    """Let the connection write much at a time: nobody waits for it, so SQLite need not ask whether to go on.

    Every batch changes many of the same pages. They are copied into the database file after 32 MB of the
    write-ahead log, not after four.
    """
    wrapper.connection.set_progress_handler(None, 0)
    wrapper.connection.execute("PRAGMA wal_autocheckpoint = 8000").fetchall()


@cache
def _insert_sql(size: int, vendor: str) -> str:
    mark = "?" if vendor == "sqlite" else "%s"
    row = f"({', '.join([mark] * len(Row._fields))})"
    return f'INSERT INTO "_logs" ({_COLUMNS}) VALUES {", ".join([row] * size)}'


def _may_have_nul(row: Row) -> bool:
    return NUL in row.message or "\\u0000" in row.data


def _without_nul(row: Row) -> Row:
    message, data = without_nul(row.message, is_json=False), without_nul(row.data, is_json=True)
    return row._replace(message=message, data=data)


def delete_all() -> None:
    """Empty the table."""
    with _wrapper().cursor() as cursor:
        cursor.execute('DELETE FROM "_logs"')


def delete_before(created: str, *, below_level: int | None = None) -> int:
    """Delete what is as old as `created` or older, and what is below a level; returns how many rows.

    In slices, so that writers do not wait for long.
    """
    wrapper = _wrapper()
    row_id = "rowid" if wrapper.vendor == "sqlite" else "ctid"
    condition, params = '"created" <= %s', [created]
    if wrapper.vendor == "sqlite":
        # There is an index of the hours only.
        condition = f"strftime('%%Y-%%m-%%d %%H:00:00', \"created\") <= %s AND {condition}"
        params = [f"{created[:13]}:00:00", created]
    deleted = _delete_slices(wrapper, row_id, condition, params)
    if below_level is not None:
        deleted += _delete_slices(wrapper, row_id, '"level" < %s', [below_level])
    return deleted


def _delete_slices(wrapper: BaseDatabaseWrapper, row_id: str, condition: str, params: list[Any]) -> int:
    found = f'SELECT {row_id} FROM "_logs" WHERE {condition} LIMIT {_ROWS_PER_DELETE}'
    sql = f'DELETE FROM "_logs" WHERE {row_id} IN ({found})'
    total = 0
    while True:
        with wrapper.cursor() as cursor:
            cursor.execute(sql, params)
            count: int = cursor.rowcount
        total += count
        if count < _ROWS_PER_DELETE:
            return total


def give_space_back() -> None:
    """Make the file as small as its content; PostgreSQL needs nobody for that."""
    wrapper = _wrapper()
    if wrapper.vendor == "sqlite" and wrapper.alias != "default" and not wrapper.in_atomic_block:
        with wrapper.cursor() as cursor:
            cursor.execute("VACUUM")


def _wrapper() -> BaseDatabaseWrapper:
    wrapper = connections[log_database()]
    wrapper.ensure_connection()
    return wrapper

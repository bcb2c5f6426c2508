"""SQL of your own with named parameters: `query("SELECT ... {:from}", {"from": day}).all()`.

It is for what neither records nor query sets can do, on both engines alike. It goes past everything that a
record means: no rule, no check, no hook, no file, and nobody who listens hears of it.
Reference: dbx, as PocketBase v0.39.11 uses it.
"""

import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import RawSQL

from platform_app.database.lanes import require_pool
from platform_app.database.transactions import write_lock
from platform_app.wire.datetimes import parse_datetime

Params = Mapping[str, Any]
Row = dict[str, Any]

_PLACE = re.compile(r"\{:(\w+)\}", re.ASCII)


@dataclass(frozen=True)
class Query:
    """A statement; each method runs it anew. Raises Django's database errors."""

    sql: str
    params: Params = field(default_factory=dict)
    using: str = DEFAULT_DB_ALIAS

    def execute(self) -> int:
        """Run it, alone or in the transaction that is open; how many rows it changed, -1 if nobody knows."""
        require_pool()
        alone = write_lock() if self.using == DEFAULT_DB_ALIAS else nullcontext()
        with alone, self._cursor() as cursor:
            count: int = cursor.rowcount
        return count

    def all(self) -> list[Row]:
        """The rows by the names of their columns; of two columns with one name, the last."""
        require_pool()
        with self._cursor() as cursor:
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self) -> Row | None:
        """The first row."""
        require_pool()
        with self._cursor() as cursor:
            names = [column[0] for column in cursor.description]
            row = cursor.fetchone()
        return None if row is None else dict(zip(names, row, strict=True))

    def column(self) -> list[Any]:
        """The first column of all rows."""
        require_pool()
        with self._cursor() as cursor:
            return [row[0] for row in cursor.fetchall()]

    def _cursor(self) -> Any:
        cursor = connections[self.using].cursor()
        try:
            cursor.execute(*positional(self.sql, self.params))
        except BaseException:
            cursor.close()
            raise
        return cursor


def query(sql: str, params: Params | None = None, *, using: str = DEFAULT_DB_ALIAS) -> Query:
    """A statement whose `{:name}` stand for values, whatever is in them; the logs are in `log_database()`.

    Moments and days are sent as they are stored. Running it raises LookupError for a place without a value.
    """
    return Query(sql, params or {}, using)


def expression(sql: str, params: Params | None = None) -> RawSQL:
    """A piece of SQL that is true or false, as a condition: `filter(expression("n > {:n}", {"n": 5}))`."""
    return RawSQL(*positional(sql, params or {}), output_field=models.BooleanField())  # noqa: S611 - as it says


def positional(sql: str, params: Params) -> tuple[str, list[Any]]:
    """The statement and its parameters as Django takes them. Raises LookupError for a place without a value.

    >>> positional("a LIKE '%x' AND b = {:b} OR c = {:b}", {"b": 1})
    ("a LIKE '%%x' AND b = %s OR c = %s", [1, 1])
    """
    values = []
    for name in _PLACE.findall(sql):
        if name not in params:
            raise LookupError(f"no value is given for {{:{name}}}")
        values.append(_sent(params[name]))
    return _PLACE.sub("%s", sql.replace("%", "%%")), values


def _sent(value: Any) -> Any:
    return parse_datetime(value) if isinstance(value, date) else value

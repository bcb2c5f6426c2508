"""The SQL that lists and counts entries, with what a filter or sort may name of them.

Reference: contract/system.md 5; apis/logs.go and tools/search, PocketBase v0.39.11.
"""

import re
from typing import Any, NamedTuple

from collections_app.filterlang.dialects.base import Column, Dialect, Source
from collections_app.filterlang.dialects.postgresql_sql import PostgresqlDialect
from collections_app.filterlang.dialects.sqlite_sql import SqliteDialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import Fallback, Kind, Operand, Value, params_of
from collections_app.filterlang.order_sql import parse_sort, sort_items
from collections_app.filterlang.parse import parse
from collections_app.filterlang.where_sql import Compiler
from collections_app.request_info import RequestInfo
from platform_app.database.rows import Statement, vendor

_TABLE = "_logs"
_ITEM = '"_logs"."id", "_logs"."created", "_logs"."data", "_logs"."message", "_logs"."level"'
_COLUMNS: dict[str, Kind] = {
    "id": "text",
    "created": "text",
    "level": "number",
    "message": "text",
    "data": "text",
}
_PATH = re.compile(r"data\.[\w.:]*\w+", re.ASCII)
_NOT_IN_PATH = re.compile(r"[^\w.*\-@#]", re.ASCII)


class ListSql(NamedTuple):
    """Two statements: the entries of a page, and how many there are on all pages."""

    page: Statement
    total: Statement


class EmptyStep(FilterError):
    """A path in which a step is missing: in the reference it is the database that refuses it."""


class _Names:
    """Knows the columns, and the values inside of `data`."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def resolve(self, name: str) -> Operand:
        kind = _COLUMNS.get(name)
        if kind is not None:
            return Operand(self._column(name, kind), is_column=True)
        if not _PATH.fullmatch(name):
            raise FilterError(f"expected one of {', '.join(_COLUMNS)} or a path in data, got {name}")
        path = [_step(part) for part in name.split(".")[1:]]
        value = self._dialect.json_value(self._column("data", "text"), path)
        return Operand(value, fallback=Fallback.NEVER, is_column=True)

    def new_alias(self) -> str:
        raise FilterError("expected a column with one value")

    def _column(self, name: str, kind: Kind) -> Value:
        return self._dialect.column(Column(_TABLE, name, kind, has_affinity=name != "data"))


def _step(part: str) -> str | int:
    step = _NOT_IN_PATH.sub("", part)
    if not step:
        raise EmptyStep("expected no empty step in a path")
    return int(step) if step.isdecimal() else step


def list_sql(*, filter_text: str, sort: str, limit: int, offset: int) -> ListSql:
    """Raises FilterError."""
    dialect = _dialect()
    clause, params = _matching(filter_text, dialect)
    source = Source(_TABLE)
    items = sort_items(parse_sort(sort), _Names(dialect), dialect, source) if sort else []
    order = dialect.assemble(source, [], (), items).order_sql
    if not order and vendor() != "sqlite":  # which promises no order of its own
        order = dialect.render(dialect.row_number(source).sql)
    order_by = f" ORDER BY {order}" if order else ""
    mark = _mark()
    return ListSql(
        page=(
            f"SELECT {_ITEM} {clause}{order_by} LIMIT {mark} OFFSET {mark}",
            (*params, limit, offset),
        ),
        total=(f"SELECT COUNT(*) {clause}", params),
    )


def stats_sql(filter_text: str) -> Statement:
    """How many entries each hour has, as rows of a moment and a number. Raises FilterError."""
    clause, params = _matching(filter_text, _dialect())
    if vendor() == "sqlite":
        # As the index has it.
        hour, moment = 'strftime(\'%Y-%m-%d %H:00:00\', "_logs"."created")', "hour || '.000Z'"
    else:
        hour, moment = 'left("_logs"."created", 13)', "hour || ':00:00.000Z'"
        hour = hour.replace("%", "%%")
    counted = f"SELECT {hour} AS hour, COUNT(*) AS total {clause} GROUP BY 1"
    return f"SELECT {moment}, total FROM ({counted}) AS hours ORDER BY hour", params


def last_sql(filter_text: str, min_level: int, limit: int) -> Statement:
    """The newest entries, the newest one first, each behind the number of its row. Raises FilterError."""
    return _tail_sql(filter_text, "DESC", '"_logs"."level" >=', min_level, limit)


def after_sql(filter_text: str, min_level: int, row: int, limit: int) -> Statement:
    """The oldest entries behind a row, in order. Raises FilterError."""
    condition = f'"_logs"."level" >= {_mark()} AND {_row_number()} >'
    return _tail_sql(filter_text, "ASC", condition, min_level, row, limit)


def before_sql(filter_text: str, row: int, limit: int, *, from_row: int = 0) -> Statement:
    """The newest entries of those before a row, the newest one first. Raises FilterError."""
    number = _row_number()
    return _tail_sql(filter_text, "DESC", f"{number} >= {_mark()} AND {number} <", from_row, row, limit)


def rows_between_sql(since: str, until: str) -> Statement:
    """The first and the last row of the hours in which two moments are: read from the index of hours."""
    number, mark, hour = _row_number(), _mark(), _hour_sql()
    sql = f'SELECT MIN({number}), MAX({number}) FROM "{_TABLE}" WHERE {hour} >= {mark} AND {hour} <= {mark}'
    return sql, (_hour_of(since), _hour_of(until))


def behind_sql(filter_text: str, row: int, limit: int) -> Statement:
    """The newest entries of those behind a row, the newest one first. Raises FilterError."""
    return _tail_sql(filter_text, "DESC", f"{_row_number()} >", row, limit)


def timeline_sql(filter_text: str, characters: int, since: str, until: str, *, is_part: bool) -> Statement:
    """How many entries of each level there are in each span: rows of its beginning, the level and a number.

    A span is what has the first `characters` of `created` in common. Where it is only part of the log, the
    index of hours is used. Raises FilterError.
    """
    clause, params = _matching(filter_text, _dialect())
    word = "AND" if filter_text else "WHERE"
    mark = _mark()
    span = f'substr("_logs"."created", 1, {characters:d})'
    range_ = f'"_logs"."created" >= {mark} AND "_logs"."created" < {mark}'
    if vendor() == "sqlite":  # there is an index of the hours only
        range_ += f' AND strftime(\'%Y-%m-%d %H:00:00\', "_logs"."created") >= {mark}'
    hours = (f"{since[:13]}:00:00",) if vendor() == "sqlite" else ()
    counted = f'SELECT {span}, "_logs"."level", COUNT(*) {clause} {word} {range_} GROUP BY 1, 2'
    return counted, (*params, since, until, *hours)


def edges_sql() -> str:
    """When the oldest and the newest entry were written, to the hour: read from the index of hours."""
    hour = _hour_sql()
    return f'SELECT (SELECT MIN({hour}) FROM "{_TABLE}"), (SELECT MAX({hour}) FROM "{_TABLE}")'


def items_sql(count: int) -> str:
    """So many entries by their ids, each behind the number of its row, the newest one first."""
    marks = ", ".join([_mark()] * count)
    rows = f'SELECT {_row_number()}, {_ITEM} FROM "{_TABLE}" WHERE "id" IN ({marks})'
    return f"{rows} ORDER BY {_row_number()} DESC"


def newest_of_level_sql(level: int, limit: int) -> Statement:
    """When the newest entries of a level or above were written: read from the index of levels."""
    mark = _mark()
    order = f'"level" DESC, {_row_number()} DESC' if vendor() == "sqlite" else '"created" DESC'
    sql = f'SELECT "created" FROM "{_TABLE}" WHERE "level" >= {mark} ORDER BY {order} LIMIT {mark}'
    return sql, (level, limit)


def count_sql() -> str:
    return f'SELECT COUNT(*) FROM "{_TABLE}"'


def newest_row_sql() -> str:
    return f'SELECT MAX({_row_number()}) FROM "{_TABLE}"'


def _tail_sql(filter_text: str, direction: str, condition: str, *values: int) -> Statement:
    clause, params = _matching(filter_text, _dialect())
    word = "AND" if filter_text else "WHERE"
    mark, number = _mark(), _row_number()
    rows = f"SELECT {number}, {_ITEM} {clause} {word} {condition} {mark}"
    return f"{rows} ORDER BY {number} {direction} LIMIT {mark}", (*params, *values)


def _hour_sql() -> str:
    """The hour of an entry, as the index has it."""
    if vendor() == "sqlite":
        return "strftime('%Y-%m-%d %H:00:00', \"created\")"
    return 'left("created", 13)'


def _hour_of(moment: str) -> str:
    return f"{moment[:13]}:00:00" if vendor() == "sqlite" and moment else moment[:13]


def _row_number() -> str:
    dialect = _dialect()
    return dialect.render(dialect.row_number(Source(_TABLE)).sql)


def item_sql() -> str:
    return f'SELECT {_ITEM} FROM "{_TABLE}" WHERE "id" = {_mark()}'


def _matching(filter_text: str, dialect: Dialect) -> tuple[str, tuple[Any, ...]]:
    """FROM and WHERE, with their parameters."""
    if not filter_text:
        return f'FROM "{_TABLE}"', ()
    condition = Compiler(_Names(dialect), dialect).condition(parse(filter_text))
    params = tuple(
        bound.read(RequestInfo()) if bound.read else bound.value
        for bound in map(dialect.bound, params_of(condition))
    )
    return f'FROM "{_TABLE}" WHERE ({dialect.render(condition)})', params


def _dialect() -> Dialect:
    return SqliteDialect() if vendor() == "sqlite" else PostgresqlDialect()


def _mark() -> str:
    return "?" if vendor() == "sqlite" else "%s"

"""The SQL that lists collections, with the columns that a filter or sort may name.

Reference: contract/filters.md 10; apis/collection.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping
from typing import NamedTuple

from collections_app.filterlang.dialects.base import Column, Dialect, Source
from collections_app.filterlang.dialects.postgresql_sql import PostgresqlDialect
from collections_app.filterlang.dialects.sqlite_sql import SqliteDialect
from collections_app.filterlang.errors import FilterError
from collections_app.filterlang.fragments_sql import Kind, Operand, params_of
from collections_app.filterlang.order_sql import parse_sort, sort_items
from collections_app.filterlang.parse import parse
from collections_app.filterlang.where_sql import Compiler
from collections_app.request_info import RequestInfo
from platform_app.database.rows import Statement, vendor

_TABLE = "_collections"
_COLUMNS: Mapping[str, Kind] = {
    "id": "text",
    "created": "text",
    "updated": "text",
    "name": "text",
    "system": "bool",
    "type": "text",
}


class ListSql(NamedTuple):
    """Two statements: the ids of a page, in order, and how many there are on all pages."""

    page: Statement
    total: Statement


class _Columns:
    """Knows the few names that a filter over collections may use."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def resolve(self, name: str) -> Operand:
        kind = _COLUMNS.get(name)
        if kind is None:
            raise FilterError(f"expected one of {', '.join(sorted(_COLUMNS))}, got {name}")
        return Operand(self._dialect.column(Column(_TABLE, name, kind)), is_column=True)

    def new_alias(self) -> str:
        raise FilterError("expected a column with one value")


def list_sql(*, filter_text: str, sort: str, limit: int, offset: int) -> ListSql:
    """Raises FilterError."""
    is_sqlite = vendor() == "sqlite"
    dialect: Dialect = SqliteDialect() if is_sqlite else PostgresqlDialect()
    resolver = _Columns(dialect)
    where = Compiler(resolver, dialect).condition(parse(filter_text)) if filter_text else ()
    source = Source(_TABLE)
    order = sort_items(parse_sort(sort), resolver, dialect, source) if sort else []
    assembled = dialect.assemble(source, [], where, order)
    params = tuple(
        bound.read(RequestInfo()) if bound.read else bound.value
        for bound in map(dialect.bound, params_of(assembled.from_sql + assembled.where_sql))
    )
    from_sql, condition = dialect.render(assembled.from_sql), dialect.render(assembled.where_sql)
    clause = f"FROM {from_sql}" + (f" WHERE {condition}" if condition else "")
    mark = "?" if is_sqlite else "%s"
    # Without an order rows come as SQLite finds them, as in the reference; PostgreSQL promises nothing then.
    order_sql = assembled.order_sql or ("" if is_sqlite else dialect.render(dialect.row_number(source).sql))
    order_by = f" ORDER BY {order_sql}" if order_sql else ""
    # No index has `updated`: the reference reads all columns, so SQLite takes none for its order there.
    columns = f'"{_TABLE}"."id", "{_TABLE}"."updated"'
    return ListSql(
        page=(
            f"SELECT {columns} {clause}{order_by} LIMIT {mark} OFFSET {mark}",
            (*params, limit, offset),
        ),
        total=(f"SELECT COUNT(*) {clause}", params),
    )

"""The statements that read which files rows name."""

from collections.abc import Sequence

from platform_app.database.quoting_sql import quoted
from platform_app.database.rows import Statement, vendor


def names_after_sql(table: str, columns: Sequence[str], last_id: str, limit: int) -> Statement:
    """The ids that follow `last_id` with the values of the columns, in the order of ids."""
    mark = "?" if vendor() == "sqlite" else "%s"
    chosen = ", ".join(map(quoted, ("id", *columns)))
    sql = f'SELECT {chosen} FROM {quoted(table)} WHERE "id" > {mark} ORDER BY "id" LIMIT {limit:d}'
    return sql, (last_id,)

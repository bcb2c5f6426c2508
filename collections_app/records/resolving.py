"""compile_query: rules, filters and sorts of a collection as SQL, compiled once per shape of the request."""

from dataclasses import dataclass
from typing import Any

from collections_app.catalog import Catalog
from collections_app.collection import Collection
from collections_app.request_info import RequestInfo


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """The pieces of a SELECT over one collection.

    `from_sql` names the base table first (its alias is the collection's name, or the caller's
    `base_table`); `where_sql` and `order_sql` are empty when there is nothing to say. `distinct` asks for
    SELECT DISTINCT, because joins may repeat rows. `params` belong to `from_sql`, then `where_sql`; a
    CTE of the caller stands before them. `row_id` is the column to count: COUNT(DISTINCT row_id).
    """

    from_sql: str
    where_sql: str
    order_sql: str
    distinct: bool
    params: tuple[Any, ...]
    row_id: str


def compile_query(
    collection: Collection,
    *,
    info: RequestInfo,
    rule: str | None = None,
    filter: str = "",  # noqa: A002 - the name of the query parameter
    sort: str = "",
    base_table: str | None = None,
    catalog: Catalog | None = None,
) -> RecordQuery:
    """Compile a trusted rule and a client's filter and sort.

    An empty or absent rule adds nothing: the caller decides about null rules. `base_table` is the name of
    a CTE of the caller whose rows stand in for the collection's (a record that is not stored yet).
    Raises FilterError.
    """
    raise NotImplementedError


def check_rule(collection: Collection, rule: str, catalog: Catalog) -> None:
    """Raise FilterError unless `rule` compiles for `collection`, as a guest's empty request would use it."""
    raise NotImplementedError

"""The SELECT statements that read records, with every column named and quoted once per collection."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.records.querying.view_marks_sql import view_mark
from platform_app.database.quoting_sql import quoted
from platform_app.database.row_counter import ROW_COUNTER
from platform_app.database.rows import Statement, vendor

if TYPE_CHECKING:
    from collections_app.fields.base import Field
    from collections_app.records.querying.resolving import RecordQuery


class _Texts:
    """The pieces of SQL that follow from a collection alone."""

    def __init__(self, collection: Collection) -> None:
        self.table = quoted(collection.name)
        self.source = view_mark(collection) + self.table
        self.columns = self.columns_of(collection.fields)
        mark = "?" if vendor() == "sqlite" else "%s"
        self.mark = mark
        self.by_id = f'SELECT {self.columns} FROM {self.source} WHERE {self.table}."id" = {mark} LIMIT 1'
        self.in_order = "" if mark == "?" else f" ORDER BY {self.table}.{quoted(ROW_COUNTER)}"
        if self.in_order and collection.is_view:
            self.in_order += f', {self.table}."id"'
        self.among_ids = (
            f'{self.table}."id" IN (SELECT "value" FROM json_each(?))'
            if mark == "?"
            else f'{self.table}."id" = ANY(%s)'
        )

    def columns_of(self, fields: "Sequence[Field]") -> str:
        return ", ".join(f"{self.table}.{quoted(field.name)}" for field in fields)


@derived
def _texts_of(collection: Collection) -> _Texts:
    return _Texts(collection)


def by_id_sql(collection: Collection, record_id: str) -> Statement:
    return _texts_of(collection).by_id, (record_id,)


def by_id_where_sql(collection: Collection, record_id: str, query: "RecordQuery") -> Statement:
    """The record with this id, if `query` lets it through."""
    texts = _texts_of(collection)
    condition = f'{texts.table}."id" = {texts.mark}'
    where = f"({query.where_sql}) AND {condition}" if query.where_sql else condition
    sql = f"SELECT {texts.columns} FROM {query.from_sql} WHERE {where} LIMIT 1"
    return sql, (*query.params, record_id)


def by_value_sql(collection: Collection, field_name: str, value: str, *, ignore_case: bool) -> Statement:
    """The first record with this value; `ignore_case` folds ASCII letters, as the unique indexes do."""
    texts = _texts_of(collection)
    column = f"{texts.table}.{quoted(field_name)}"
    if not ignore_case:
        condition = f"{column} = {texts.mark}"
    elif texts.mark == "?":
        condition = f"{column} = ? COLLATE NOCASE"
    else:
        condition = f'lower({column} COLLATE "C") = lower(%s COLLATE "C")'
    if value:
        # Says what the value says already, in the words of the partial indexes that auth collections have.
        condition += f" AND {column} != ''"
    return f"SELECT {texts.columns} FROM {texts.source} WHERE {condition} LIMIT 1", (value,)


def holder_sql(collection: Collection, field: "Field", value: str) -> Statement:
    """A record whose field has this value, or has it among others."""
    texts = _texts_of(collection)
    column = f"{texts.table}.{quoted(field.name)}"
    condition = f"{column} = {texts.mark}"
    if field.is_multiple:
        elements = _elements(column, texts.mark)
        condition = f'EXISTS (SELECT 1 FROM {elements} WHERE "element"."value" = {texts.mark})'
    return f"SELECT {texts.columns} FROM {texts.source} WHERE {condition} LIMIT 1", (value,)


def page_sql(
    collection: Collection,
    query: "RecordQuery",
    *,
    limit: int,
    offset: int,
    fields: "Sequence[Field] | None" = None,
) -> Statement:
    """One page of the records that `query` lets through; the columns are those of `fields`, in their order.

    Without a sort the order is SQLite's own. DISTINCT, as the reference asks for it, is part of that: SQLite
    then likes to walk a unique index. On PostgreSQL `query` has an order always.

    On SQLite the limit is written out, as the reference's is: it is part of the choice of a plan, and a bound
    one makes a recent SQLite prepare the statement anew for every execution.
    """
    texts = _texts_of(collection)
    distinct = "DISTINCT " if query.distinct else ""
    where = f" WHERE {query.where_sql}" if query.where_sql else ""
    order = f" ORDER BY {query.order_sql}" if query.order_sql else ""
    columns = texts.columns if fields is None else texts.columns_of(fields)
    select = f"SELECT {distinct}{columns} FROM {query.from_sql}{where}{order}"
    if texts.mark == "?":
        return f"{select} LIMIT {limit:d} OFFSET ?", (*query.params, offset)
    return f"{select} LIMIT %s OFFSET %s", (*query.params, limit, offset)


def all_ids_sql(collection: Collection, query: "RecordQuery") -> Statement:
    """The ids of all records that `query` lets through, in its order, as the first column.

    With DISTINCT the other columns stand behind it: by them it is sorted.
    """
    texts = _texts_of(collection)
    columns = f'{texts.table}."id"'
    if query.distinct:
        columns = f"DISTINCT {columns}, {texts.columns}"
    where = f" WHERE {query.where_sql}" if query.where_sql else ""
    order = f" ORDER BY {query.order_sql}" if query.order_sql else ""
    return f"SELECT {columns} FROM {query.from_sql}{where}{order}", query.params


def count_sql(collection: Collection, query: "RecordQuery", *, most: int | None = None) -> Statement:
    """How many records `query` lets through; only joins and views can repeat one. It ends at `most`."""
    where = f" WHERE {query.where_sql}" if query.where_sql else ""
    if most is not None:
        distinct = "DISTINCT " if query.distinct or collection.is_view else ""
        ids = f"SELECT {distinct}{query.row_id} FROM {query.from_sql}{where} LIMIT {most:d}"
        return f'SELECT COUNT(*) FROM ({ids}) AS "found"', query.params
    counted = f"COUNT(DISTINCT {query.row_id})" if query.distinct or collection.is_view else "COUNT(*)"
    return f"SELECT {counted} FROM {query.from_sql}{where}", query.params


def among_ids_sql(
    collection: Collection, ids: Sequence[str], query: "RecordQuery | None", *, only_ids: bool = False
) -> Statement:
    """The records with these ids, or their ids alone, that `query` lets through."""
    texts = _texts_of(collection)
    columns = f'{texts.table}."id"' if only_ids else texts.columns
    given: Any = orjson.dumps(list(ids)).decode() if texts.mark == "?" else list(ids)
    if query is None:
        return f"SELECT {columns} FROM {texts.source} WHERE {texts.among_ids}", (given,)
    distinct = "DISTINCT " if query.distinct else ""
    where = f"({query.where_sql}) AND {texts.among_ids}" if query.where_sql else texts.among_ids
    return f"SELECT {distinct}{columns} FROM {query.from_sql} WHERE {where}", (*query.params, given)


def referencing_ids_sql(
    source: Collection, field_name: str, ids: Sequence[str], *, multiple: bool, most: int
) -> Statement:
    """Pairs of a referenced id and the id of a record of `source` whose relation field names it.

    In the order in which the records were made, which SQLite keeps to by itself. Of a single id there are no
    more than `most`.
    """
    texts = _texts_of(source)
    column = f"{texts.table}.{quoted(field_name)}"
    id_column = f'{texts.table}."id"'
    given: Any = list(ids)
    wanted = "= ANY(%s)"
    if texts.mark == "?":
        given = orjson.dumps(given).decode()
        wanted = 'IN (SELECT "value" FROM json_each(?))'
    rest = f"{texts.in_order} LIMIT {most:d}" if len(ids) == 1 else texts.in_order
    if not multiple:
        return f"SELECT {column}, {id_column} FROM {texts.source} WHERE {column} {wanted}{rest}", (given,)
    return (
        f'SELECT "element"."value", {id_column} FROM {texts.source}, {_elements(column, texts.mark)} '
        f'WHERE "element"."value" {wanted}{rest}',
        (given,),
    )


def _elements(column: str, mark: str) -> str:
    """The values of a list, as rows of "element"; a field that became a list later may hold plain ones."""
    if mark == "?":
        return (
            f"json_each(CASE WHEN iif(json_valid({column}), json_type({column}) = 'array', 0) "
            f'THEN {column} ELSE json_array({column}) END) AS "element"'
        )
    return (
        f"jsonb_array_elements_text(CASE WHEN {column} LIKE '[%%' THEN {column}::jsonb "
        f'ELSE jsonb_build_array({column}) END) AS "element"("value")'
    )

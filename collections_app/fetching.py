"""Records for code that may see everything: by ids, values, filters and conditions, whatever the rules say.

The names are PocketBase's, in Python's spelling. A collection is given by its name, by its id or as it is;
LookupError is raised when there is none. What is richer than this is a query set of `orm.collection_model`,
whose `as_record()` leads here. Reference: core/record_query.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import Combinable

from collections_app.catalog import named_collection
from collections_app.collection import Collection
from collections_app.orm import RecordModel, collection_model
from collections_app.records.querying import finding
from collections_app.records.querying.filter_params import filled
from collections_app.records.querying.finding import rows_as_read
from collections_app.records.querying.resolving import compile_query
from collections_app.records.querying.select_sql import page_sql
from collections_app.records.record import Record
from collections_app.records.writing import submitted
from collections_app.request_info import RequestInfo
from collections_app.tables.dynamic_models import collection_field_of
from platform_app.database.lanes import require_pool
from platform_app.database.rows import fetch_all

# What narrows a query set: `Q(...)`, or an expression that is true or false, such as `Exists(...)`.
Condition = Q | Combinable

_ALL = 2**63 - 1
# Far beyond what a filter needs, and short enough to be read at once.
_MOST_FILTER_BYTES = 1_000_000


def new_record(collection: Collection | str, data: Mapping[str, Any] | None = None) -> Record:
    """A record that is not stored yet, with `data` loaded into it (see `Record.set`)."""
    record = submitted.new_record(named_collection(collection))
    record.load(data or {})
    return record


def find_record_by_id(collection: Collection | str, record_id: str) -> Record | None:
    return finding.find_record(named_collection(collection), record_id)


def find_records_by_ids(collection: Collection | str, ids: Sequence[str]) -> list[Record]:
    """Those of these records that there are, in the order of `ids`."""
    return finding.find_records(named_collection(collection), ids)


def find_first_record_by_data(collection: Collection | str, name: str, value: Any) -> Record | None:
    """A record whose field has this value. Raises KeyError when there is no such field."""
    found = named_collection(collection)
    if name not in found.fields_by_name:
        raise KeyError(f"{found.name} has no field {name!r}")
    rows = _narrowed(found, [Q(**{_attributes(found)[name]: value})])
    return next(iter(_records(rows[:1])), None)


def find_first_record_by_filter(
    collection: Collection | str,
    filter: str,  # noqa: A002 - the name of the query parameter
    params: Mapping[str, Any] | None = None,
) -> Record | None:
    """The first record that a filter lets through; see `find_records_by_filter`."""
    return next(iter(find_records_by_filter(collection, filter, params, limit=1)), None)


def find_records_by_filter(
    collection: Collection | str,
    filter: str = "",  # noqa: A002 - the name of the query parameter
    params: Mapping[str, Any] | None = None,
    *,
    sort: str = "",
    limit: int = 0,
    offset: int = 0,
) -> list[Record]:
    """The records that a filter of the API's language lets through; 0 is no limit.

    `{:name}` in it stands for a value of `params`: put everything there that comes from somebody else.
    `sort` is the API's, such as `"-published,title"`. Both may use hidden fields and every collection.
    Raises FilterError, and the database's errors.

    Example: `find_records_by_filter("posts", "author = {:author}", {"author": user}, sort="-created")`.
    """
    found = named_collection(collection)
    query = compile_query(
        found,
        info=RequestInfo(),
        filter=filled(filter, params or {}),
        sort=sort,
        allows_hidden=True,
        max_filter_bytes=_MOST_FILTER_BYTES,
    )
    statement = page_sql(found, query, limit=limit if limit > 0 else _ALL, offset=max(offset, 0))
    return rows_as_read(found, fetch_all(*statement))


def find_all_records(collection: Collection | str, *conditions: Condition) -> list[Record]:
    """All records, or those that fulfil every condition; in no order that holds on both engines.

    Example: `find_all_records("articles", Q(status="pending"), expression("LOWER(title) = {:t}", t="x"))`.
    """
    return _records(_narrowed(named_collection(collection), conditions))


def count_records(collection: Collection | str, *conditions: Condition) -> int:
    """How many records fulfil every condition."""
    count: int = _narrowed(named_collection(collection), conditions).count()
    return count


def _narrowed(collection: Collection, conditions: Sequence[Condition]) -> QuerySet[RecordModel]:
    rows: QuerySet[RecordModel] = collection_model(collection.id)._default_manager.filter(*conditions)
    return rows


def _attributes(collection: Collection) -> dict[str, str]:
    """The attributes of the collection's model by the names of their fields."""
    columns = collection_model(collection.id)._meta.concrete_fields
    return {collection_field_of(column).name: column.attname for column in columns}


def _records(rows: QuerySet[RecordModel]) -> list[Record]:
    """The records of a query set, made of the rows as the database has them."""
    require_pool()
    collection = rows.model.collection
    attributes = _attributes(collection)
    columns = rows.values_list(*(attributes[field.name] for field in collection.fields))
    try:
        sql, params = columns.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return rows_as_read(collection, cursor.fetchall())

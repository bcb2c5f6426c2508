"""Reading single records and sets of them: by id, by value, or as a request may see them.

Reference: contract/records.md 3 and 7.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import DatabaseError

from collections_app.collection import Collection
from collections_app.fields.base import Field
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.resolving import compile_query
from collections_app.records.querying.select_sql import (
    among_ids_sql,
    by_id_sql,
    by_id_where_sql,
    by_value_sql,
    holder_sql,
    referencing_ids_sql,
)
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import unless_outdated
from platform_app.database.rows import Statement, fetch_all, fetch_into, fetch_one
from platform_app.database.transactions import shielded
from platform_app.wire.errors import BadRequest, Forbidden, NotFound


def view_record(collection: Collection, record_id: str, *, info: RequestInfo) -> Record:
    """The record that `info` asks to view, checked against the view rule.

    Raises Forbidden for a null rule; NotFound when there is no such record, when the rule is not
    satisfied, and also when the rule cannot be evaluated: the three look alike from outside.
    """
    rule = collection.view_rule
    if info.is_above_rules("view", collection) or rule == "":
        record = find_record(collection, record_id)
    elif rule is None:
        raise Forbidden("Only superusers can perform this action.")
    else:
        record = find_satisfying(collection, record_id, rule, info)
    if record is None:
        raise NotFound
    return record


def find_record(collection: Collection, record_id: str) -> Record | None:
    """The record with this id, whatever the rules say; a view whose query fails has none."""
    if not collection.is_view:
        return _first(collection, by_id_sql(collection, record_id))
    try:
        with shielded():
            return _first(collection, by_id_sql(collection, record_id))
    except DatabaseError as error:
        # What the query selects from may have lost a column or its table since it was saved.
        unless_outdated(error)
        return None


def find_records(collection: Collection, ids: Sequence[str]) -> list[Record]:
    """Those of these records that there are, in the order of `ids`, whatever the rules say."""
    if not ids:
        return []
    rows = fetch_all(*among_ids_sql(collection, ids, None))
    places = {record_id: place for place, record_id in enumerate(dict.fromkeys(ids))}
    return sorted(rows_as_read(collection, rows), key=lambda record: places[record.id])


def rows_as_read(collection: Collection, rows: Sequence[tuple[Any, ...]]) -> list[Record]:
    """Records that know their rows, so that what others write until they are saved is not lost."""
    records = decode_rows(collection, rows)
    for record, row in zip(records, rows, strict=True):
        record.stored_row = row
    return records


def find_first(
    collection: Collection, field_name: str, value: str, *, ignore_case: bool = False
) -> Record | None:
    """The first record whose field has this value; `ignore_case` folds ASCII letters only."""
    return _first(collection, by_value_sql(collection, field_name, value, ignore_case=ignore_case))


def find_holder(collection: Collection, field: Field, value: str) -> Record | None:
    """A record whose field has this value, or has it among others."""
    return _first(collection, holder_sql(collection, field, value))


def find_satisfying(collection: Collection, record_id: str, rule: str, info: RequestInfo) -> Record | None:
    """The record with this id if it passes a non-empty rule; a rule that fails lets nothing through."""
    try:
        query = compile_query(collection, info=info, rule=rule)
        with shielded():
            return _first(collection, by_id_where_sql(collection, record_id, query))
    except (FilterError, DatabaseError) as error:
        unless_outdated(error)
        return None


def record_satisfies(record: Record, rule: str | None, info: RequestInfo) -> bool:
    """Whether the stored record passes `rule`; superusers pass every rule, None lets only them pass.

    Raises BadRequest for a rule that cannot be evaluated.
    """
    if info.is_superuser or rule == "":
        return True
    if rule is None:
        return False
    try:
        return bool(satisfying_ids(record.collection, [record.id], rule, info))
    except (FilterError, DatabaseError) as error:
        raise BadRequest from error


def satisfying_ids(collection: Collection, ids: Sequence[str], rule: str, info: RequestInfo) -> set[str]:
    """Which of these records pass a non-empty rule. Raises FilterError."""
    query = compile_query(collection, info=info, rule=rule)
    return {row[0] for row in fetch_all(*among_ids_sql(collection, ids, query, only_ids=True))}


def find_viewable(collection: Collection, ids: Sequence[str], info: RequestInfo) -> list[Record]:
    """Those of these records that the requester may view, in any order.

    Raises Forbidden for a null view rule and FilterError for a broken one, also when there are no ids.
    """
    query = None
    if not info.is_above_rules("view", collection) and collection.view_rule != "":
        if collection.view_rule is None:
            raise Forbidden
        query = compile_query(collection, info=info, rule=collection.view_rule)
    if not ids:
        return []
    return decode_rows(collection, fetch_all(*among_ids_sql(collection, ids, query)))


def referencing_ids(
    source: Collection, field: Field, ids: Sequence[str], *, most: int
) -> dict[str, list[str]]:
    """By referenced id, the ids of the first `most` records of `source` whose relation field names it."""
    found: dict[str, dict[str, None]] = {}

    def take(rows: Iterable[tuple[Any, ...]]) -> None:
        for referenced, record_id in rows:
            referencing = found.setdefault(referenced, {})
            if len(referencing) < most:
                referencing[record_id] = None

    fetch_into(take, *referencing_ids_sql(source, field.name, ids, multiple=field.is_multiple, most=most))
    return {referenced: list(record_ids) for referenced, record_ids in found.items()}


def _first(collection: Collection, statement: Statement) -> Record | None:
    row = fetch_one(*statement)
    return None if row is None else rows_as_read(collection, (row,))[0]

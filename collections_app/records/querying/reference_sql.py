"""The queries that writing asks: which records exist, who refers to whom."""

from collections.abc import Sequence

import orjson

from collections_app.collection import Collection
from platform_app.database.quoting_sql import quoted
from platform_app.database.row_counter import ROW_COUNTER
from platform_app.database.rows import Statement, vendor


def count_ids_sql(collection: Collection, ids: Sequence[str]) -> Statement:
    """How many of these ids exist."""
    table = quoted(collection.name)
    if len(ids) == 1:
        return f'SELECT COUNT(*) FROM {table} WHERE "id" = {_mark()}', (ids[0],)
    if vendor() == "sqlite":
        text = orjson.dumps(list(ids)).decode()
        return f'SELECT COUNT(*) FROM {table} WHERE "id" IN (SELECT "value" FROM json_each(?))', (text,)
    return f'SELECT COUNT(*) FROM {table} WHERE "id" = ANY(%s)', (list(ids),)


def count_for_update_sql(collection: Collection) -> Statement:
    """How many records there are, none of which others can delete before this transaction ends."""
    table = quoted(collection.name)
    if vendor() == "sqlite":
        return f"SELECT COUNT(*) FROM {table}", ()
    return f'SELECT COUNT(*) FROM (SELECT 1 FROM {table} FOR UPDATE) AS "locked"', ()


def id_ignoring_case_sql(collection: Collection, record_id: str) -> Statement:
    """A row if the id is taken, whatever its case (ASCII letters)."""
    table = quoted(collection.name)
    if vendor() == "sqlite":
        return f'SELECT 1 FROM {table} WHERE "id" = ? COLLATE NOCASE LIMIT 1', (record_id,)
    return f'SELECT 1 FROM {table} WHERE lower("id" COLLATE "C") = lower(%s COLLATE "C") LIMIT 1', (
        record_id,
    )


def by_reference_sql(collection: Collection, collection_id: str, record_id: str) -> Statement:
    """The rows of a system collection that point at a record, oldest first, locked as long as it takes."""
    mark = _mark()
    return (
        f"SELECT {_columns(collection)} FROM {quoted(collection.name)} "
        f'WHERE "collectionRef" = {mark} AND "recordRef" = {mark} ORDER BY "created"{_ties()}{_lock()}',
        (collection_id, record_id),
    )


def linked_account_sql(
    links: Collection, collection_id: str, *, provider: str, provider_id: str
) -> Statement:
    """The row of `_externalAuths` for somebody at a provider, among the accounts of one collection."""
    mark = _mark()
    return (
        f"SELECT {_columns(links)} FROM {quoted(links.name)} "
        f'WHERE "collectionRef" = {mark} AND "provider" = {mark} AND "providerId" = {mark} LIMIT 1',
        (collection_id, provider, provider_id),
    )


def referencing_sql(
    collection: Collection, field_name: str, record_id: str, *, multiple: bool, limit: int
) -> Statement:
    """The records whose relation field holds `record_id`, the oldest first.

    They are locked until the transaction ends: always in the same order, so that two do not wait for each
    other.
    """
    table, mark = quoted(collection.name), _mark()
    value = f"{table}.{quoted(field_name)}"
    select = f"SELECT {_columns(collection)} FROM {table}"
    if not multiple:
        return f"{select} WHERE {value} = {mark}{_in_order()} LIMIT {mark}{_lock()}", (record_id, limit)
    if mark == "?":
        # A field that became multiple later may still hold plain ids.
        elements = (
            f"json_each(CASE WHEN iif(json_valid({value}), json_type({value}) = 'array', 0) "
            f"THEN {value} ELSE json_array({value}) END)"
        )
        condition = f'EXISTS (SELECT 1 FROM {elements} AS "element" WHERE "element"."value" = ?)'
    else:
        elements = (
            f"jsonb_array_elements_text(CASE WHEN {value} LIKE '[%%' THEN {value}::jsonb "
            f"ELSE jsonb_build_array({value}) END)"
        )
        condition = f'EXISTS (SELECT 1 FROM {elements} AS "element"("value") WHERE "element"."value" = %s)'
    return f"{select} WHERE {condition}{_in_order()} LIMIT {mark}{_lock()}", (record_id, limit)


def _columns(collection: Collection) -> str:
    table = quoted(collection.name)
    return ", ".join(f"{table}.{quoted(field.name)}" for field in collection.fields)


def _in_order() -> str:
    # SQLite finds rows in the order in which they were made, or in that of an index.
    return "" if vendor() == "sqlite" else f" ORDER BY {quoted(ROW_COUNTER)}"


def _ties() -> str:
    return "" if vendor() == "sqlite" else f", {quoted(ROW_COUNTER)}"


def _lock() -> str:
    # On SQLite a transaction that writes has the database to itself.
    return "" if vendor() == "sqlite" else " FOR UPDATE"


def _mark() -> str:
    return "?" if vendor() == "sqlite" else "%s"

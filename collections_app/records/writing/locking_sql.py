"""The statements that keep others away from a record until the transaction ends.

On SQLite there is nothing to lock: a transaction that writes has the database to itself (BEGIN IMMEDIATE).
"""

import zlib
from collections.abc import Iterable
from typing import Any

from collections_app.collection import Collection
from collections_app.records.querying.select_sql import by_id_sql
from platform_app.database.rows import fetch_all, fetch_one, vendor

# The first key of our advisory locks says what the second one means.
_RECORD_IDS = 1
_NEW_AUTH_IDS = 2
_SIGN_UPS = 3
# So many locks at most for one batch, however long; names that share one only wait for each other.
_BUCKETS = 256


def taken_row(collection: Collection, record_id: str) -> tuple[Any, ...] | None:
    """The stored row, in the order of the collection's fields, which nobody else changes any more."""
    sql, params = by_id_sql(collection, record_id)
    return fetch_one(sql if vendor() == "sqlite" else f"{sql} FOR UPDATE", params)


def lock_ids(record_ids: Iterable[str]) -> None:
    """Let only one batch at a time work on records with these ids, stored or not.

    All locks at once, and in one order: batches that name the same records wait instead of meeting in a
    deadlock, and of two that would both create a record the second finds it.
    """
    _lock(_RECORD_IDS, record_ids)


def lock_sign_up(names: Iterable[str]) -> None:
    """Let only one transaction at a time look whether accounts with these names are there, and make them."""
    _lock(_SIGN_UPS, names)


def lock_new_auth_ids() -> None:
    """Let only one transaction at a time look whether an id is free in all auth collections, and take it."""
    if vendor() != "sqlite":
        fetch_all("SELECT pg_advisory_xact_lock(%s, 0)", (_NEW_AUTH_IDS,))


def _lock(kind: int, names: Iterable[str]) -> None:
    if vendor() == "sqlite":
        return
    buckets = sorted({zlib.crc32(name.encode()) % _BUCKETS for name in names})
    if buckets:
        fetch_all(
            "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket", (kind, buckets)
        )

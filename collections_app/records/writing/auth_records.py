"""What writing and deleting means for records that sign in: keys, sessions and linked accounts.

Reference: contract/records.md 5 (side effects), contract/auth.md 1 and 15.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from collections_app.catalog import catalog
from collections_app.records.querying.decoding import decode_rows
from collections_app.records.querying.finding import find_first, find_record
from collections_app.records.querying.reference_sql import by_reference_sql, count_for_update_sql
from collections_app.records.record import Record
from collections_app.records.writing.locking_sql import lock_new_auth_ids
from collections_app.system_names import (
    AUTH_ORIGINS,
    EXTERNAL_AUTHS,
    MFAS,
    OTPS,
    OWNED_BY_AUTH_RECORDS,
    SUPERUSERS,
)
from platform_app.database.rows import fetch_all, fetch_one
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import BadRequest, FieldError, Invalid, RecordGone

logger = logging.getLogger(__name__)

INSTALLER_EMAIL = "__pbinstaller@example.com"

Delete = Callable[[Record], None]


def before_writing(record: Record, delete: Delete) -> None:
    """Rotate the token key where it must die; refuse an id that another auth collection knows.

    Runs in the transaction of the write. Raises Invalid.
    """
    original = record.original
    if original is not None:
        if original["tokenKey"] == record["tokenKey"] and (
            password_changed(record) or original["email"] != record["email"]
        ):
            record.refresh_token_key()
        if record["verified"] and not original["verified"] and (links := _owned(record, EXTERNAL_AUTHS)):
            _delete_all(links, delete)
            record.refresh_token_key()
    if record.is_new:
        lock_new_auth_ids()
    for collection in catalog().auth_collections:
        if collection.id != record.collection.id and find_record(collection, record.id) is not None:
            raise Invalid(
                {"id": FieldError("validation_invalid_auth_id", "Invalid or duplicated auth record id.")}
            )


def after_writing(record: Record, delete: Delete) -> None:
    """Drop what a new key or password makes worthless; runs in the transaction of the write."""
    original = record.original
    if original is None:
        if record.collection.name == SUPERUSERS and record["email"] != INSTALLER_EMAIL:
            _delete_installer(record, delete)
        return
    if original["tokenKey"] != record["tokenKey"]:
        _delete_all(_owned(record, OTPS), delete)
    if password_changed(record):
        _delete_all(_owned(record, AUTH_ORIGINS), delete)
        _delete_all(_owned(record, MFAS), delete)


def owned_by(record: Record, collection_names: Sequence[str] = OWNED_BY_AUTH_RECORDS) -> Iterator[Record]:
    """What goes together with an auth record: its one-time codes, linked accounts and the like.

    Collection by collection, and of each the oldest first.
    """
    for name in collection_names:
        yield from _owned(record, name)


@contextmanager
def keeping_one_superuser(record: Record) -> Iterator[None]:
    """The transaction in which a superuser is deleted.

    Raises BadRequest when nobody would be left to sign in to the dashboard.
    """
    with unit_of_work():
        row = fetch_one(*count_for_update_sql(record.collection))
        if row is not None and row[0] == 1 and find_record(record.collection, record.id) is not None:
            raise BadRequest("You can't delete the only existing superuser.")
        yield


def password_changed(record: Record) -> bool:
    original = record.original
    return original is not None and original["password"] != record["password"]


def _owned(record: Record, collection_name: str) -> list[Record]:
    """The rows of a system collection that point at this record."""
    collection = catalog().find(collection_name)
    if collection is None:
        return []
    rows = fetch_all(*by_reference_sql(collection, record.collection.id, record.id))
    return decode_rows(collection, rows)


def _delete_all(records: Iterable[Record], delete: Delete) -> None:
    for record in records:
        delete(record)


def _delete_installer(record: Record, delete: Delete) -> None:
    installer = find_first(record.collection, "email", INSTALLER_EMAIL)
    if installer is not None:
        with suppress(RecordGone):
            delete(installer)

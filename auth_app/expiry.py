"""When a stored row is too old to be used, and the end of those that are (contract/system.md 6)."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from collections_app.catalog import catalog
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.writing.saving import delete_stored_record
from collections_app.system_names import MFAS, OTPS
from platform_app.database.dates import as_stored

logger = logging.getLogger(__name__)

_FORMAT = "%Y-%m-%d %H:%M:%S.%fZ"


def has_expired(created: str, seconds: float) -> bool:
    """Whether more than `seconds` have passed since a stored date; text that is no date has expired.

    >>> has_expired("2022-10-10 09:50:06.449Z", 60), has_expired("", 60)
    (True, True)
    """
    try:
        then = datetime.strptime(created, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return True
    return (datetime.now(UTC) - then).total_seconds() > seconds


def delete_expired(name: str) -> None:
    """Delete the rows of `_otps` or `_mfas` that nobody can use any more, as records."""
    for row in _expired(name):
        try:
            delete_stored_record(row, must_exist=False)
        except Exception:
            logger.exception("the expired %r was not deleted", row)


def _expired(name: str) -> Iterator[Record]:
    collection = catalog().find(name)
    if collection is None:
        return
    for owner in catalog().auth_collections:
        seconds = {OTPS: owner.auth.otp.duration_seconds, MFAS: owner.auth.mfa.duration_seconds}[name]
        limit = as_stored(datetime.now(UTC) - timedelta(seconds=seconds))
        rows = collection_model(name)._default_manager.filter(collectionRef=owner.id, created__lt=limit)
        for row_id in list(rows.values_list("id", flat=True)):
            if (row := find_record(collection, row_id)) is not None:
                yield row

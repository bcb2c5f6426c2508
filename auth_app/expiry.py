"""When a stored row is too old to be used, and the end of those that are (contract/system.md 6)."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from collections_app.catalog import catalog
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.writing.saving import delete_stored_record
from collections_app.system_names import MFAS, OTPS
from platform_app.database.dates import as_stored

logger = logging.getLogger(__name__)

_FORMAT = "%Y-%m-%d %H:%M:%S.%fZ"
# So far may the clocks of the machines that share a database differ. What is from later than that was made
# before the clock was set back, and would be good until that moment comes again.
_LEEWAY_SECONDS = 60.0


def has_expired(created: str, seconds: float) -> bool:
    """Whether more than `seconds` have passed since a stored date.

    Text that is no date has expired, and so has a date to come.

    >>> [has_expired(date, 60) for date in ("2022-10-10 09:50:06.449Z", "2999-10-10 09:50:06.449Z", "")]
    [True, True, True]
    """
    try:
        then = datetime.strptime(created, _FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return True
    return not -_LEEWAY_SECONDS <= (datetime.now(UTC) - then).total_seconds() <= seconds


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
        now = datetime.now(UTC)
        earliest, latest = (as_stored(now + timedelta(seconds=by)) for by in (-seconds, _LEEWAY_SECONDS))
        rows = collection_model(name)._default_manager.filter(
            Q(created__lt=earliest) | Q(created__gt=latest), collectionRef=owner.id
        )
        for row_id in list(rows.values_list("id", flat=True)):
            if (row := find_record(collection, row_id)) is not None:
                yield row

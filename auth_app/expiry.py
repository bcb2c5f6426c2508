"""When a stored row is too old to be used, and the end of those that are.

Until jobs by the clock are there, every server process looks once an hour (contract/system.md 6).
"""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connections

from collections_app.catalog import catalog
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.writing.saving import delete_stored_record
from collections_app.system_names import MFAS, OTPS
from platform_app.database.dates import as_stored
from platform_app.requests.lifetime import Companion

logger = logging.getLogger(__name__)

_FORMAT = "%Y-%m-%d %H:%M:%S.%fZ"
_HOUR_SECONDS = 3600.0


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


def delete_expired() -> None:
    """Delete the codes and the sessions of two factors that nobody can use any more, as records."""
    for row in _expired():
        try:
            delete_stored_record(row, must_exist=False)
        except Exception:
            logger.exception("the expired %r was not deleted", row)


def _expired() -> Iterator[Record]:
    for owner in catalog().auth_collections:
        durations = {OTPS: owner.auth.otp.duration_seconds, MFAS: owner.auth.mfa.duration_seconds}
        for name, seconds in durations.items():
            collection = catalog().find(name)
            if collection is None:
                continue
            limit = as_stored(datetime.now(UTC) - timedelta(seconds=seconds))
            rows = collection_model(name)._default_manager.filter(collectionRef=owner.id, created__lt=limit)
            for row_id in list(rows.values_list("id", flat=True)):
                if (row := find_record(collection, row_id)) is not None:
                    yield row


class Hourly:
    """Deletes what has expired, once an hour, on a thread of its own."""

    def __init__(self) -> None:
        self._is_over = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="joey-expiry", daemon=True).start()

    def stop(self) -> None:
        self._is_over.set()

    def _run(self) -> None:
        while not self._is_over.wait(_HOUR_SECONDS):
            try:
                delete_expired()
            except Exception:
                logger.exception("expired codes were not deleted")
            connections.close_all()


_hourly = Hourly()
companion = Companion("expiry of codes", start=_hourly.start, stop=_hourly.stop)

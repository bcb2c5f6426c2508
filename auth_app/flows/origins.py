"""Where a record signed in from, and the mail that warns it of a new place.

Reference: contract/auth.md 9; apis/record_helpers.go, PocketBase v0.39.11.
"""

import hashlib
import logging
from collections.abc import Iterable
from contextlib import suppress

from auth_app.mails import send_auth_alert, unexpected
from auth_app.system_collections import system_collection
from collections_app.records.record import Record
from collections_app.records.writing.auth_records import owned_by
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from collections_app.system_names import AUTH_ORIGINS
from platform_app.database.dates import now
from platform_app.mail import sending
from platform_app.requests.held_answers import before_answer
from platform_app.wire.errors import RecordGone

logger = logging.getLogger(__name__)

MAX_ORIGINS = 5
_MAX_AGENT_BYTES = 200


def track_origin(record: Record, *, ip: str, user_agent: bytes) -> None:
    """Remember this place; when it is new and not the first, warn the record by mail before.

    What keeps the mail from going out is logged, and the place stays unknown. Raises what keeps a place from
    being stored while no mail is waited for.
    """
    agent = _shortened(user_agent)
    fingerprint = hashlib.md5(ip.encode() + agent, usedforsecurity=False).hexdigest()
    oldest_first = list(owned_by(record, (AUTH_ORIGINS,)))
    known = next((origin for origin in oldest_first if origin["fingerprint"] == fingerprint), None)
    if known is not None:
        with suppress(RecordGone):
            save_record(known)  # which notes when it was last used
            return

    if not oldest_first or not record["email"]:
        _remember(record, fingerprint, oldest_first)
        return

    def then(error: Exception | None) -> None:
        if error is None:
            try:
                _remember(record, fingerprint, oldest_first)
            except Exception as failure:  # noqa: BLE001 - logged
                error = failure
        if error is not None:
            not_tracked(record, error)

    info = f"{now()} - {ip} {agent.decode(errors='replace')}"
    before_answer(lambda: send_auth_alert(record, info), then, deadline_seconds=sending.WAIT_SECONDS)


def not_tracked(record: Record, error: Exception) -> None:
    """Log it: neither a mail server nor a full disk may keep people out."""
    logger.warning("the sign-in of %r was not tracked: %s", record, error, exc_info=unexpected(error))


def _remember(record: Record, fingerprint: str, oldest_first: list[Record]) -> None:
    surplus = max(0, len(oldest_first) - (MAX_ORIGINS - 1))
    _forget(oldest_first[:surplus])
    origin = new_record(system_collection(AUTH_ORIGINS))
    origin["collectionRef"] = record.collection.id
    origin["recordRef"] = record.id
    origin["fingerprint"] = fingerprint
    save_record(origin)


def _forget(origins: Iterable[Record]) -> None:
    for origin in origins:
        try:
            delete_stored_record(origin)
        except Exception:
            # One too many does no harm: the next new place tries again.
            logger.warning("the old place %r was not deleted", origin, exc_info=True)


def _shortened(user_agent: bytes) -> bytes:
    return user_agent if len(user_agent) <= _MAX_AGENT_BYTES else user_agent[:_MAX_AGENT_BYTES] + b"..."

"""Two factors: the first leaves a `_mfas` row behind, the second redeems it.

Reference: contract/auth.md 8; apis/record_helpers.go, PocketBase v0.39.11.
"""

import logging
from collections.abc import Callable
from typing import Literal

from django.db import DatabaseError

from auth_app.expiry import has_expired
from auth_app.redeeming import Spent, use_up
from auth_app.system_collections import system_collection
from collections_app.catalog import find_collection
from collections_app.filterlang.errors import FilterError
from collections_app.records.querying.finding import find_record, satisfying_ids
from collections_app.records.record import Record
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from collections_app.request_info import RequestInfo
from collections_app.system_names import MFAS
from platform_app.wire.errors import ApiError, BadRequest

logger = logging.getLogger(__name__)

AuthMethod = Literal["password", "oauth2", "otp"]


class SecondFactorRequired(Exception):
    """The first factor was right; the client has to come back with `mfa_id` and another method."""

    def __init__(self, mfa_id: str) -> None:
        super().__init__(mfa_id)
        self.mfa_id = mfa_id


def check_second_factor(
    record: Record, method: AuthMethod, info: RequestInfo, read_mfa_id: Callable[[], str]
) -> None:
    """Pass when `record` needs no second factor, or when this is it.

    Raises SecondFactorRequired after a first factor; BadRequest for a session that does not fit.
    """
    if not record.collection.auth.mfa.enabled or not _is_required(record, info):
        return
    mfa_id = info.query.get("mfaId") or read_mfa_id()
    if mfa_id:
        _redeem(mfa_id, record, method)
        return
    raise SecondFactorRequired(_opened_session(record, method).id)


def record_of_session(mfa_id: str) -> Record | None:
    """Whose first factor opened the session, if somebody's did."""
    session = find_record(system_collection(MFAS), mfa_id)
    collection = find_collection(session["collectionRef"]) if session else None
    return find_record(collection, session["recordRef"]) if session and collection else None


def _is_required(record: Record, info: RequestInfo) -> bool:
    rule = record.collection.auth.mfa.rule
    if not rule:
        return True
    try:
        return record.id in satisfying_ids(record.collection, [record.id], rule, info)
    except (FilterError, DatabaseError) as error:
        # Fail closed: a rule that cannot be answered must not let anybody in with one factor.
        raise BadRequest("Failed to authenticate.") from error


def _opened_session(record: Record, method: AuthMethod) -> Record:
    """Raises ApiError: what a hook refuses with, or 500."""
    session = new_record(system_collection(MFAS))
    session["collectionRef"] = record.collection.id
    session["recordRef"] = record.id
    session["method"] = method
    try:
        save_record(session)
    except ApiError:
        raise
    except Exception as error:
        raise ApiError("Failed to create MFA record.", status=500) from error
    return session


def _redeem(mfa_id: str, record: Record, method: AuthMethod) -> None:
    session = find_record(system_collection(MFAS), mfa_id)
    if session is None or has_expired(session["created"], record.collection.auth.mfa.duration_seconds):
        if session is not None:
            _tidy_up(session)
        raise BadRequest("Invalid or expired MFA session.")
    if session["recordRef"] != record.id or session["collectionRef"] != record.collection.id:
        raise BadRequest("Invalid MFA session.")
    if session["method"] == method:
        raise BadRequest("A different authentication method is required.")
    try:
        use_up(session)
    except Spent as error:
        raise BadRequest("Invalid or expired MFA session.") from error


def _tidy_up(expired: Record) -> None:
    try:
        delete_stored_record(expired)
    except Exception:
        # It is worthless anyway, and the client's answer is that it has expired.
        logger.warning("the expired session %r was not deleted", expired, exc_info=True)

"""Two factors: the first leaves a `_mfas` row behind, the second redeems it.

Reference: contract/auth.md 8; apis/record_helpers.go, PocketBase v0.39.11.
"""

from collections.abc import Callable
from typing import Literal

from django.db import DatabaseError

from auth_app.expiry import has_expired
from auth_app.models import Mfa
from collections_app.dates import now
from collections_app.errors import BadRequest
from collections_app.filterlang.errors import FilterError
from collections_app.records.record import Record
from collections_app.records.viewing import satisfying_ids
from collections_app.request_info import RequestInfo

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
    created = now()
    session = Mfa.objects.create(
        collectionRef=record.collection.id,
        recordRef=record.id,
        method=method,
        created=created,
        updated=created,
    )
    raise SecondFactorRequired(session.id)


def _is_required(record: Record, info: RequestInfo) -> bool:
    rule = record.collection.auth.mfa.rule
    if not rule:
        return True
    try:
        return record.id in satisfying_ids(record.collection, [record.id], rule, info)
    except (FilterError, DatabaseError) as error:
        # Fail closed: a rule that cannot be answered must not let anybody in with one factor.
        raise BadRequest("Failed to authenticate.") from error


def _redeem(mfa_id: str, record: Record, method: AuthMethod) -> None:
    # PostgreSQL refuses to look for a text with a NUL in it.
    session = None if "\x00" in mfa_id else Mfa.objects.filter(id=mfa_id).first()
    if session is None or has_expired(session.created, record.collection.auth.mfa.duration_seconds):
        if session is not None:
            session.delete()
        raise BadRequest("Invalid or expired MFA session.")
    if session.recordRef != record.id or session.collectionRef != record.collection.id:
        raise BadRequest("Invalid MFA session.")
    if session.method == method:
        raise BadRequest("A different authentication method is required.")
    # Whoever deletes the row has redeemed it: of two requests at once, only one may.
    deleted, _ = Mfa.objects.filter(id=mfa_id).delete()
    if not deleted:
        raise BadRequest("Invalid or expired MFA session.")

"""The answer to every successful sign-in: the record and a token for it.

Reference: contract/auth.md 3; apis/record_helpers.go (RecordAuthResponse), PocketBase v0.39.11.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

from auth_app.authentication import may_act_from
from auth_app.events import RecordAuthEvent, record_auth_request
from auth_app.flows.mfa import AuthMethod, check_second_factor
from auth_app.flows.origins import not_tracked, track_origin
from auth_app.tokens import issue_auth_token
from collections_app.events import RequestEvent
from collections_app.records.querying.finding import record_satisfies
from collections_app.records.reading.presenting import present
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import unless_outdated
from platform_app.wire.errors import BadRequest, Forbidden


@dataclass(frozen=True)
class Caller:
    """The request behind a sign-in: what rules see of it, and where it comes from.

    `user_agent` is the header as it was sent.
    `read_mfa_id` reads the body's `mfaId`, "" for none; it is asked only when a second factor counts.
    `unreadable` is why rules cannot see the body, if they cannot: XML is read by the forms only.
    """

    info: RequestInfo
    ip: str
    user_agent: bytes
    read_mfa_id: Callable[[], str]
    unreadable: BadRequest | None = None

    def require_readable(self) -> None:
        """Raises BadRequest when rules cannot see the body."""
        if self.unreadable is not None:
            raise self.unreadable

    def seen_by(self, event: RequestEvent) -> Self:
        """The same caller, as the receivers of a hook have left them."""
        return self if event.info is self.info else replace(self, info=event.info)


def auth_response(
    record: Record,
    caller: Caller,
    *,
    method: AuthMethod | None = None,
    token: str | None = None,
    meta: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Sign `record` in and say so: `{"meta": ..., "record": ..., "token": ...}`, `meta` only if given.

    Without a `method` (refresh, impersonation) there is no second factor and no alert. A `token` of None
    issues a fresh one.

    Raises Forbidden when the superuser whitelist or the collection's `authRule` says no; the rule sees the
    request as it came, so a superuser's own Authorization header passes it. Raises BadRequest for a body that
    rules cannot read, and SecondFactorRequired.
    """
    if not may_act_from(record, lambda: caller.ip):
        raise Forbidden
    caller.require_readable()
    if not _passes_auth_rule(record, caller.info):
        raise Forbidden("The request doesn't satisfy the collection requirements to authenticate.")
    event = RecordAuthEvent(
        collection=record.collection,
        info=caller.info,
        record=record,
        token=issue_auth_token(record) if token is None else token,
        meta=meta,
        auth_method=method or "",
    )
    answer: dict[str, Any] = record_auth_request.trigger(
        event, lambda: _answer(event, caller.seen_by(event), method)
    )
    return answer


def _passes_auth_rule(record: Record, info: RequestInfo) -> bool:
    try:
        return record_satisfies(record, record.collection.auth.auth_rule, info)
    except BadRequest as error:
        unless_outdated(error)
        return False  # a rule that cannot be answered lets nobody in


def _answer(event: RecordAuthEvent, caller: Caller, method: AuthMethod | None) -> dict[str, Any]:
    record = event.record
    if method is not None:
        check_second_factor(record, method, caller.info, caller.read_mfa_id)
    info = replace(caller.info, auth=record)
    (presented,) = present([record], info, info.query.get("expand", ""))
    if method is not None and record.collection.auth.alert_enabled:
        try:
            track_origin(record, ip=caller.ip, user_agent=caller.user_agent)
        except Exception as error:  # noqa: BLE001 - logged
            not_tracked(record, error)
    answer: dict[str, Any] = {} if event.meta is None else {"meta": event.meta}
    return {**answer, "record": presented, "token": event.token}

"""Renewing a token before it ends.

Reference: contract/auth.md 6; apis/record_auth_refresh.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.events import RecordAuthRefreshEvent, record_auth_refresh_request
from auth_app.flows.response import Caller, auth_response
from auth_app.tokens import ParsedToken
from collections_app.records.record import Record


def refresh(record: Record, token: ParsedToken | None, caller: Caller) -> dict[str, Any]:
    """The auth response with a fresh token, or with the same one if it may not be renewed.

    Who came without a token, by a middleware of somebody's own, gets none.
    Raises Forbidden when the collection's `authRule` does not hold any more.
    """
    event = RecordAuthRefreshEvent(collection=record.collection, info=caller.info, record=record)
    kept = "" if token is None else None if token.is_refreshable else token.text
    answer: dict[str, Any] = record_auth_refresh_request.trigger(
        event, lambda: auth_response(event.record, caller.seen_by(event), token=kept)
    )
    return answer

"""Signing in as somebody else, for superusers; also the way to long-lived API keys.

Reference: contract/auth.md 6; apis/record_auth_impersonate.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.flows.response import Caller, auth_response
from auth_app.tokens import issue_auth_token
from collections_app.records.record import Record
from platform_app.wire.errors import BadRequest, FieldError


def impersonate(record: Record, duration_seconds: int, caller: Caller) -> dict[str, Any]:
    """The auth response for `record` with a token that cannot be renewed.

    A duration of 0 is the collection's, and so is one whose nanoseconds do not fit: over 292 years they
    turn negative. Raises BadRequest for a negative one.
    """
    if duration_seconds < 0:
        error = FieldError(
            "validation_min_greater_equal_than_required", "Must be no less than 0.", {"threshold": 0}
        )
        raise BadRequest("An error occurred while validating the submitted data.", {"duration": error})
    token = issue_auth_token(record, duration_seconds=_kept_seconds(duration_seconds), refreshable=False)
    return auth_response(record, caller, token=token)


def _kept_seconds(seconds: int) -> int:
    """What is left of a duration that is kept as nanoseconds in 64 bits, as the reference keeps it.

    >>> _kept_seconds(3600), _kept_seconds(2**63 - 1), _kept_seconds(20_000_000_000)
    (3600, -1, 1553255926)
    """
    nanoseconds = (seconds * 1_000_000_000 + 2**63) % 2**64 - 2**63
    return nanoseconds // 1_000_000_000

"""Records in routes of one's own, as the server's own routes treat them.

Reference: apis/record_helpers.go, PocketBase v0.39.11.
"""

from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase

from auth_app.flows import response as signing_in
from auth_app.flows.mfa import AuthMethod, SecondFactorRequired
from auth_app.views.signing_in import caller_of
from collections_app.records.querying.finding import record_satisfies
from collections_app.records.reading import expanding
from collections_app.records.reading.presenting import enrich_expanded, present
from collections_app.records.record import Record
from collections_app.views.api_view import json_response, request_info
from platform_app.requests.activity import log_failure
from platform_app.requests.body import query_values
from system_app.routing.answering import to_response


def auth_response(
    request: HttpRequest, record: Record, method: str = "", meta: dict[str, Any] | None = None
) -> HttpResponseBase:
    """Sign a record in: its token, and itself as its own requests see it.

    `method` names the factor where the collection asks for two, and in alerts; without one there is neither a
    second factor nor an alert. Raises Forbidden when the collection's `authRule` does not let it in.
    """
    factor = cast("AuthMethod | None", method or None)
    try:
        caller = caller_of(request)
        answer: Any = signing_in.auth_response(record, caller, method=factor, meta=meta)
    except SecondFactorRequired as first_factor:
        log_failure(request, "mfa required")
        return json_response(request, {"mfaId": first_factor.mfa_id}, status=401)
    return to_response(request, answer)  # None where a hook stopped the request


def enrich_records(request: HttpRequest, records: Sequence[Record], *expands: str) -> list[dict[str, Any]]:
    """Records of one collection as JSON, as a list of them has it for this request.

    With the relations of `?expand=` and of `expands`, the enrich hooks, and without what the caller may not
    see, such as e-mail addresses.
    """
    paths = ",".join([*expands, query_values(request).get("expand", "")])
    return present(list(records), request_info(request), paths)


def enrich_record(request: HttpRequest, record: Record, *expands: str) -> dict[str, Any]:
    """The same for one record."""
    return enrich_records(request, [record], *expands)[0]


def expand_records(request: HttpRequest, records: Sequence[Record], *paths: str) -> None:
    """Fill `record.expand` with the related records that this request may view; what fails is left out."""
    expanding.expand_records(records, ",".join(paths), request_info(request), enrich=enrich_expanded)


def can_access(request: HttpRequest, record: Record, rule: str | None) -> bool:
    """Whether this request passes a rule for the stored record; None is for superusers only.

    Raises BadRequest for a rule that cannot be evaluated.
    """
    return record_satisfies(record, rule, request_info(request))

"""Who is signed in to the dashboard, as the API's services know people: a record of `_superusers`."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from auth_app.superusers import superusers_collection
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.views.guards import set_auth_record
from platform_app.requests.body import LazyHeaders
from platform_app.requests.exchange import exchange_of
from platform_app.wire.errors import Unauthorized


def superuser_record(request: HttpRequest) -> Record:
    """Raises Unauthorized for an account that was deleted a moment ago."""
    kept: Record | None = getattr(request, "auth_record", None)
    if kept is None:
        kept = find_record(superusers_collection(), str(request.user.pk))
        if kept is None:
            raise Unauthorized
        set_auth_record(request, kept)
    return kept


def acting_info(
    request: HttpRequest,
    *,
    method: str = "GET",
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> RequestInfo:
    """What services and hooks see of a deed: the request to the API that would do the same."""
    exchange_of(request).is_inner = True  # the answer is a page, so receivers may refuse until it is made
    return RequestInfo(
        method=method,
        query=query or {},
        headers=LazyHeaders(request),
        body=body or {},
        auth=superuser_record(request),
        request=request,
    )

"""Who is signed in to the dashboard, as the API's services know people: as a record."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from admin_ui.staff.members import member_of
from auth_app.superusers import superusers_collection
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.views.guards import set_auth_record
from platform_app.requests.body import LazyHeaders
from platform_app.requests.exchange import exchange_of
from platform_app.wire.errors import Forbidden, Unauthorized


def superuser_record(request: HttpRequest) -> Record:
    """Raises Forbidden for staff, Unauthorized for an account that was deleted a moment ago."""
    if member_of(request) is not None:
        raise Forbidden
    return account_record(request)


def account_record(request: HttpRequest) -> Record:
    """The record of whoever is signed in. Raises Unauthorized for one that was deleted a moment ago."""
    kept: Record | None = getattr(request, "auth_record", None)
    if kept is None:
        member = member_of(request)
        kept = member.record if member else find_record(superusers_collection(), str(request.user.pk))
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
    """What services and hooks see of a deed: the request to the API that would do the same.

    Staff goes by what its groups may do, instead of the rules.
    """
    member = member_of(request)
    exchange_of(request).is_inner = True  # the answer is a page, so receivers may refuse until it is made
    return RequestInfo(
        method=method,
        query=query or {},
        headers=LazyHeaders(request),
        body=body or {},
        auth=account_record(request),
        request=request,
        grants=member.rights if member else None,
    )

"""Refuses callers that are over a rate limit, before their request is looked at (contract/system.md 10)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from collections_app.views.guards import auth_record
from platform_app.requests.answers import error_response
from platform_app.requests.client_ip import real_ip
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import RateLimitSettings
from platform_app.wire.errors import TooManyRequests
from system_app.limits.body_limits import WRITING, written_collection
from system_app.limits.rate_limits import check_request
from system_app.middleware.body_limit import is_refused

GetResponse = Callable[[HttpRequest], HttpResponse]

_COUNTED = "joey.rate_counted"


class RateLimitMiddleware:
    """Stands behind the token, which says whom a rule is for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limits = current().rate_limits
        if limits.enabled:
            # A request that leaves the inline lane half-way passes here twice, with the same scope.
            scope = getattr(request, "scope", {})
            if _COUNTED not in scope:
                try:
                    _count(request, limits)
                except TooManyRequests as error:
                    return error_response(error)
                scope[_COUNTED] = True
        return self.get_response(request)


def _count(request: HttpRequest, limits: RateLimitSettings) -> None:
    method, path = request.method or "GET", request.path_info
    if method in WRITING and written_collection(method, path) and is_refused(request):
        return  # for records the body's size is looked at first
    check_request(limits, method, path, real_ip(request), auth_record(request))

"""Refuses callers that are over a rate limit, before their request is looked at (contract/system.md 10)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from platform_app.requests.answers import error_response
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import TooManyRequests
from system_app.limits.body_limits import written_collection
from system_app.limits.rate_limits import check_request, visitor_of
from system_app.middleware.body_limit import is_refused
from system_app.middleware.path_cleaner import SLASH_IN_SEGMENT

GetResponse = Callable[[HttpRequest], HttpResponse]

_COUNTED = "joey.rate_counted"


class RateLimitMiddleware:
    """Stands behind the token, which says whom a rule is for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            if current().rate_limits.enabled:
                _count(request)
        except TooManyRequests as error:
            return error_response(error)
        return self.get_response(request)


def _count(request: HttpRequest) -> None:
    # A request that leaves the inline lane half-way passes here twice, with the same scope.
    scope = getattr(request, "scope", {})
    if _COUNTED in scope:
        return
    method = request.method or "GET"
    if written_collection(method, request.path_info) and is_refused(request):
        return  # for records the body's size is looked at first
    path = request.path_info
    check_request(method, path, visitor_of(request), label_path=path.replace(SLASH_IN_SEGMENT, "/"))
    scope[_COUNTED] = True

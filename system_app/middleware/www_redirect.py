"""Leads from `www.` to the bare name, where `serve` was given only that (contract/system.md 16).

Reference: apis/middlewares.go (wwwRedirect), PocketBase v0.39.11.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse

from system_app.tls.names import bare_host, served_names

GetResponse = Callable[[HttpRequest], HttpResponse]

_WWW = "www."


class WwwRedirectMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        if not settings.JOEY_HTTPS_ADDRESS:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self._added = frozenset(served_names(settings.JOEY_DOMAINS, settings.JOEY_HTTPS_ADDRESS).added)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.META.get("HTTP_HOST", "")
        if bare_host(host) not in self._added:
            return self.get_response(request)
        query = request.META.get("QUERY_STRING")
        path = request.META.get("RAW_PATH") or request.path
        response = HttpResponse(status=307)
        response["Location"] = f"{request.scheme}://{host[len(_WWW) :]}{path}" + (
            f"?{query}" if query else ""
        )
        del response["Content-Type"]
        return response

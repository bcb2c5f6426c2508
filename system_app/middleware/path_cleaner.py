"""Redirects untidy paths and keeps encoded slashes inside their segment (contract/system.md 17).

`//api/health` and `/api/x/../health` answer 307 to the tidy path, whatever the method, and `/_` to `/_/`. An
encoded slash does not split a segment: `/api/collections/a%2Fb` asks for one collection named `a/b`.
"""

import posixpath
import re
from collections.abc import Callable
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from platform_app.requests.lanes import decoded_by_segment
from platform_app.wire.html_text import escaped

_UNTIDY = re.compile(r"//|/\.{1,2}(?:/|$)")
# Besides letters, digits and `-_.~`; Go leaves these alone in a path. What is escaped is so already.
_UNQUOTED = "%/$&+,:;=@"

GetResponse = Callable[[HttpRequest], HttpResponse]


class PathCleanerMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raw_path = request.META.get("RAW_PATH") or request.path_info
        is_untidy = _UNTIDY.search(raw_path) is not None
        path = _tidy(raw_path) if is_untidy else request.path_info
        if path == "/_" and request.method in {"GET", "HEAD"}:
            return redirect_to(request, "/_/")
        if is_untidy:
            return redirect_to(request, path)
        if "%2F" in raw_path or "%2f" in raw_path:
            request.path_info = request.path = decoded_by_segment(raw_path)
        return self.get_response(request)


def _tidy(path: str) -> str:
    cleaned = "/" + posixpath.normpath(path).lstrip("/")
    return f"{cleaned}/" if path.endswith("/") and cleaned != "/" else cleaned


def redirect_to(request: HttpRequest, path: str) -> HttpResponse:
    """307 to another path, which comes as it goes over the wire, with the request's query."""
    # Browsers take a backslash for a slash, and two of them for another host.
    path = quote(path, safe=_UNQUOTED)
    query = request.META.get("QUERY_STRING")
    location = f"{path}?{query}" if query else path
    response = HttpResponse(status=307)
    response["Location"] = location
    if request.method not in {"GET", "HEAD"}:
        del response["Content-Type"]
        return response
    response["Content-Type"] = "text/html; charset=utf-8"
    if request.method == "GET":
        response.content = f'<a href="{escaped(location)}">Temporary Redirect</a>.\n\n'.encode()
    return response

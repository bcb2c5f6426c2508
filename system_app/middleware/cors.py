"""Cross-origin access and preflights, on every path, known or not (contract/system.md 3 and 17)."""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_VARY = ("Vary", "Origin")
_METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE"

GetResponse = Callable[[HttpRequest], HttpResponse]


class CorsMiddleware:
    """Answers preflights itself and marks the other answers for `origins`, or else those in CORS_ORIGINS.

    An origin may hold `*` and `?` wildcards; a lone `*` lets every origin in.
    """

    def __init__(self, get_response: GetResponse, origins: Sequence[str] | None = None) -> None:
        self.get_response = get_response
        allowed = settings.JOEY_CORS_ORIGINS if origins is None else origins
        self.any_origin = "*" in allowed
        self.patterns = [_origin_pattern(origin) for origin in allowed]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = request.META.get("HTTP_ORIGIN", "")
        if request.method == "OPTIONS":
            return self._preflight(request, origin)
        response = self.get_response(request)
        self.mark(response, origin)
        return response

    def mark(self, response: HttpResponse, origin: str) -> None:
        """Let scripts of that origin read the answer, if it may."""
        kept = response.headers._store  # as in SecurityHeadersMiddleware
        found = kept.get("vary")
        kept["vary"] = _VARY if found is None else ("Vary", f"Origin, {found[1]}")
        if origin and (allowed := self._allowed(origin)):
            response.headers["Access-Control-Allow-Origin"] = allowed

    def _allowed(self, origin: str) -> str:
        if self.any_origin:
            return "*"
        return origin if any(pattern.fullmatch(origin) for pattern in self.patterns) else ""

    def _preflight(self, request: HttpRequest, origin: str) -> HttpResponse:
        response = HttpResponse(status=204)
        del response["Content-Type"]
        if not origin:
            response["Vary"] = "Origin"
            return response
        response["Vary"] = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        if allowed := self._allowed(origin):
            response["Access-Control-Allow-Origin"] = allowed
            response["Access-Control-Allow-Methods"] = _METHODS
            if asked := request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"):
                response["Access-Control-Allow-Headers"] = asked
        return response


def _origin_pattern(origin: str) -> re.Pattern[str]:
    # What `translate` makes takes every star as short as it goes, once: it does not try all ways to share out
    # a long text among the stars.
    return re.compile(translate(origin.replace("[", "[[]")))

"""What the layers of a request do to answers, for those to requests that nothing had room for."""

from io import BytesIO

from django.http import HttpRequest, HttpResponse

from platform_app.requests.asgi import Scope
from platform_app.requests.asgi_request import request_of
from system_app.logs.telling import tell_refused
from system_app.middleware.cors import CorsMiddleware
from system_app.middleware.security_headers import secure


class Refusals:
    """Called with each before it goes, on the event loop: browsers show it to scripts, and the log has it."""

    def __init__(self) -> None:
        self._cors = CorsMiddleware(_never)

    def __call__(self, scope: Scope, response: HttpResponse, seconds: float) -> None:
        # Without the query, which may not be decodable.
        request = request_of({**scope, "query_string": b""}, BytesIO())
        request.META["RAW_PATH"] = scope.get("raw_path", b"").decode("latin-1")
        request.META["QUERY_STRING"] = scope.get("query_string", b"").decode(errors="replace")
        secure(response)
        self._cors.mark(response, request.META.get("HTTP_ORIGIN", ""))
        tell_refused(request, response, seconds)


def _never(request: HttpRequest) -> HttpResponse:
    raise AssertionError("a refused request has an answer already")

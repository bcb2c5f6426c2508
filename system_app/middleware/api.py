"""Joey's layers as one, for a project that has layers of its own (docs/extending/existing-projects.md)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from auth_app.authentication import TokenMiddleware
from system_app.middleware.activity_log import ActivityLogMiddleware
from system_app.middleware.body_limit import BodyLimitMiddleware
from system_app.middleware.cors import CorsMiddleware
from system_app.middleware.path_cleaner import PathCleanerMiddleware
from system_app.middleware.rate_limit import RateLimitMiddleware
from system_app.middleware.security_headers import SecurityHeadersMiddleware

GetResponse = Callable[[HttpRequest], HttpResponse]

_API = "/api/"
# As in `config/settings.py`, the outermost first.
LAYERS = (
    PathCleanerMiddleware,
    CorsMiddleware,
    ActivityLogMiddleware,
    SecurityHeadersMiddleware,
    TokenMiddleware,
    RateLimitMiddleware,
    BodyLimitMiddleware,
)


class ApiMiddleware:
    """What the API needs around it, for its paths alone; all others go on as if this were not here."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = self._api = get_response
        for layer in reversed(LAYERS):
            self._api = layer(self._api)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_API):
            return self._api(request)
        return self.get_response(request)

"""The three headers that every answer but a preflight carries (contract/system.md 17, "SEC")."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


class SecurityHeadersMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        headers["X-Xss-Protection"] = "1; mode=block"
        return response

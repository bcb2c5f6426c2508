"""The three headers that every answer but a preflight carries (contract/system.md 17, "SEC").

Files go without `X-Frame-Options`; they say so with Django's own `xframe_options_exempt`.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

# As Django keeps headers: to set them one by one would check the same texts with every answer.
_ALWAYS = {
    name.lower(): (name, value)
    for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Xss-Protection", "1; mode=block"))
}
_FRAME_OPTIONS = ("X-Frame-Options", "SAMEORIGIN")


class SecurityHeadersMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        secure(response)
        return response


def secure(response: HttpResponse) -> None:
    """Put the headers on an answer."""
    kept = response.headers._store
    kept.update(_ALWAYS)
    if not getattr(response, "xframe_options_exempt", False):
        kept.setdefault("x-frame-options", _FRAME_OPTIONS)

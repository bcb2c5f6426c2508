"""Forgery protection of every dashboard path: Django's own check, with the origins that count at run time."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from admin_ui.https import app_origin


class ForgeryMiddleware(CsrfViewMiddleware):
    """Checks whatever may change something, whether its view asks for it or not.

    Besides the origin that a request is for, that of `meta.appURL` counts: a proxy need not hand on the Host.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        super().process_request(request)
        return self.process_view(request, _every_view, (), {})

    @property
    def allowed_origins_exact(self) -> set[str]:
        return {*super().allowed_origins_exact, app_origin()} - {""}

    @property
    def csrf_trusted_origins_hosts(self) -> list[str]:
        return [*super().csrf_trusted_origins_hosts, urlsplit(app_origin()).netloc]


def _every_view(request: HttpRequest) -> HttpResponse:
    """Stands for the view, which the check only asks whether it is exempt."""
    raise NotImplementedError

"""Django's session, sign-in, message and CSRF middleware, for the dashboard's paths only.

The API is stateless and signs in by token, so its requests should not pay for sessions.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware as DjangoAuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware as DjangoMessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware

DASHBOARD = "/_/"


class _DashboardOnly:
    """Mixin: hands requests outside the dashboard straight on."""

    get_response: Callable[[HttpRequest], HttpResponseBase]

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith(DASHBOARD):
            return super().__call__(request)  # type: ignore[misc]
        return self.get_response(request)


class SessionMiddleware(_DashboardOnly, DjangoSessionMiddleware):
    pass


class AuthenticationMiddleware(_DashboardOnly, DjangoAuthenticationMiddleware):
    pass


class MessageMiddleware(_DashboardOnly, DjangoMessageMiddleware):
    pass


class CsrfMiddleware(_DashboardOnly, CsrfViewMiddleware):
    def process_view(self, request: HttpRequest, *args: Any) -> Any:
        if request.path_info.startswith(DASHBOARD):
            return super().process_view(request, *args)
        return None

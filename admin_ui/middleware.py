"""Django's session, sign-in and message middleware, for the dashboard's paths only.

The API is stateless and signs in by token, so its requests should not even pass through these layers. Forgery
protection needs no layer here: the admin site protects its views itself.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse

DASHBOARD = "/_/"

GetResponse = Callable[[HttpRequest], HttpResponse]


class DashboardMiddleware:
    """One layer for the API; for the dashboard the chain that `django.contrib.admin` asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(DASHBOARD):
            return self._chain(request)
        return self.get_response(request)

    @cached_property
    def _chain(self) -> GetResponse:
        chain: Any = self.get_response
        for layer in (MessageMiddleware, AuthenticationMiddleware, SessionMiddleware):
            chain = layer(chain)
        return cast(GetResponse, chain)

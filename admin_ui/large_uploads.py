"""Who may send much to the dashboard, before its chain has seen the request: the body is not read yet."""

from collections.abc import MutableMapping
from importlib import import_module
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from admin_ui.bounds import read_cookies
from admin_ui.models import StaffMember
from auth_app.authentication import superusers_may_act_from
from auth_app.models import Superuser
from platform_app.requests.asgi_request import request_of
from platform_app.requests.client_ip import real_ip


def is_signed_in_superuser(scope: MutableMapping[str, Any]) -> bool:
    """A superuser, from where they may act."""
    user = _signed_in(scope)
    return isinstance(user, Superuser) and superusers_may_act_from(lambda: real_ip(_request(scope)))


def is_signed_in(scope: MutableMapping[str, Any]) -> bool:
    """Somebody of the staff, or a superuser, wherever from: the view looks at that, and at their rights."""
    return isinstance(_signed_in(scope), StaffMember | Superuser)


def _signed_in(scope: MutableMapping[str, Any]) -> object:
    cookies = read_cookies(_request(scope).META.get("HTTP_COOKIE", ""))
    later = HttpRequest()
    sessions = import_module(settings.SESSION_ENGINE)
    later.session = sessions.SessionStore(cookies.get(settings.SESSION_COOKIE_NAME))
    return get_user(later)


def _request(scope: MutableMapping[str, Any]) -> HttpRequest:
    # Without the query, which may not be decodable; an answer to that comes later.
    return request_of({**scope, "query_string": b""}, BytesIO())

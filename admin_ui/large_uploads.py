"""Who may upload a backup of any size to the dashboard: signed-in superusers, from where they may act."""

from collections.abc import MutableMapping
from importlib import import_module
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from admin_ui.bounds import read_cookies
from auth_app.authentication import superusers_may_act_from
from auth_app.models import Superuser
from platform_app.requests.asgi_request import request_of
from platform_app.requests.client_ip import real_ip


def is_signed_in_superuser(scope: MutableMapping[str, Any]) -> bool:
    """Before the chain of the dashboard has seen the request: its body is not read yet."""
    # Without the query, which may not be decodable; an answer to that comes later.
    request = request_of({**scope, "query_string": b""}, BytesIO())
    cookies = read_cookies(request.META.get("HTTP_COOKIE", ""))
    later = HttpRequest()
    sessions = import_module(settings.SESSION_ENGINE)
    later.session = sessions.SessionStore(cookies.get(settings.SESSION_COOKIE_NAME))
    return isinstance(get_user(later), Superuser) and superusers_may_act_from(lambda: real_ip(request))

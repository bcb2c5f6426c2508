"""What belongs to one request: the values of its path, headers of its answer, things to pass on."""

from typing import Any

from django.http import HttpRequest
from django.http.response import ResponseHeaders

from platform_app.requests.exchange import exchange_of

_PATH = "_path_values"


def path_values(request: HttpRequest) -> dict[str, str]:
    """The values that the request's path has for the names in its route's pattern."""
    found: dict[str, str] = request.__dict__.get(_PATH, {})
    return found


def set_path_values(request: HttpRequest, values: dict[str, str]) -> None:
    request.__dict__[_PATH] = values


def response_headers(request: HttpRequest) -> ResponseHeaders:
    """Headers that the answer is going to have, whoever makes it, errors included."""
    return exchange_of(request).draft.headers


def store(request: HttpRequest) -> dict[str, Any]:
    """What middlewares, routes and receivers of hooks pass on to each other, for the time of this request."""
    return exchange_of(request).store

"""What belongs to one request: the values of its path, headers of its answer, things to pass on."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase

_PATH = "_path_values"
_HEADERS = "_response_headers"
_STORE = "_request_store"


def path_values(request: HttpRequest) -> dict[str, str]:
    """The values that the request's path has for the names in its route's pattern."""
    found: dict[str, str] = request.__dict__.get(_PATH, {})
    return found


def set_path_values(request: HttpRequest, values: dict[str, str]) -> None:
    request.__dict__[_PATH] = values


def response_headers(request: HttpRequest) -> dict[str, str]:
    """Headers that the answer is going to have, whoever makes it, errors included."""
    headers: dict[str, str] = request.__dict__.setdefault(_HEADERS, {})
    return headers


def add_headers(request: HttpRequest, response: HttpResponseBase) -> None:
    """Put the `response_headers` into the answer."""
    for name, value in request.__dict__.get(_HEADERS, {}).items():
        response.headers[name] = value


def store(request: HttpRequest) -> dict[str, Any]:
    """What middlewares and routes pass on to each other, for the time of this request."""
    kept: dict[str, Any] = request.__dict__.setdefault(_STORE, {})
    return kept

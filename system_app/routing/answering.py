"""What code of people's own returns and raises, as answers.

Reference: tools/router/event.go, error.go and router.go, PocketBase v0.39.11; contract/system.md 1.
"""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import SimpleTemplateResponse

from collections_app.views.api_view import json_response
from platform_app.requests.answers import error_response
from platform_app.wire.errors import as_refusal
from platform_app.wire.json_encoding import json_number


def to_response(request: HttpRequest, value: Any) -> HttpResponseBase:
    """The answer that a returned value stands for: itself, an empty one for None, text for str, else JSON."""
    if isinstance(value, SimpleTemplateResponse):
        return value.render()
    if isinstance(value, HttpResponseBase):
        return value
    if value is None:
        return empty(200)
    if isinstance(value, str):
        return HttpResponse(value, content_type="text/plain; charset=utf-8")
    return json_answer(request, value)


def json_answer(request: HttpRequest, value: Any, status: int = 200) -> HttpResponse:
    """A JSON value, reduced to what `?fields=` asks for if it is no error; keys keep their order."""
    return json_response(request, _plain(value), status)


def _plain(value: Any) -> Any:
    """The value as `encode` takes it: any mapping as a dict, any collection as a list, `5.0` as `5`."""
    kind = type(value)
    if kind is float:
        return json_number(value)
    if kind is dict or isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if kind is list or isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value


def empty(status: int) -> HttpResponse:
    """An answer without a body, and so without a type."""
    response = HttpResponse(status=status)
    del response.headers["Content-Type"]
    return response


def error_answer(error: Exception) -> HttpResponse:
    """The envelope of an error that nobody caught, with the error as its `error`."""
    return error_response(as_refusal(error))

"""The one place that writes error answers: `{"data": {}, "message": "...", "status": 400}`.

Reference: contract/records.md 1.1, contract/system.md 1.
"""

import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import get_callable

from platform_app.database.lanes import as_inline_error
from platform_app.wire.errors import (
    ApiError,
    BadRequest,
    BatchRequestFailed,
    ErrorTree,
    FieldError,
    NotFound,
    as_api_error,
    sentenize,
)
from platform_app.wire.json_encoding import encode


def handle_exception(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception hook: every exception of a view becomes an envelope."""
    as_inline_error(error)
    response = error_response(as_api_error(error))
    response._has_been_logged = True  # type: ignore[attr-defined]  # by `as_api_error`, not again by Django
    return response


def error_response(error: ApiError) -> HttpResponse:
    """The answer that says `error`, which middleware finds in it as `response.error`, to log it."""
    response = HttpResponse(
        encode(_envelope(error)) + b"\n", status=error.status, content_type="application/json"
    )
    response.error = error  # type: ignore[attr-defined]
    return response


def _envelope(error: ApiError) -> dict[str, Any]:
    return {"data": _data(error.data), "message": sentenize(error.message), "status": error.status}


def _data(tree: ErrorTree) -> dict[str, Any]:
    return {
        key: _data(node) if isinstance(node, Mapping) else leaf_json(_leaf_of(node))
        for key, node in sorted(tree.items())
    }


def _leaf_of(node: object) -> FieldError:
    """A member of an error's data; what is no FieldError may hold what is nobody's business."""
    return node if isinstance(node, FieldError) else FieldError("validation_invalid_value", "Invalid value.")


def leaf_json(error: FieldError) -> dict[str, Any]:
    leaf: dict[str, Any] = {"code": error.code, "message": sentenize(error.message)}
    if error.params:
        leaf["params"] = dict(sorted(error.params.items()))
    if isinstance(error, BatchRequestFailed):
        leaf["response"] = _envelope(error.response)
    return leaf


def unrouted(request: HttpRequest) -> HttpResponseBase:
    """The answer where a path, or a method of it, has no route: JOEY_UNROUTED_VIEW's, such as a site's file.

    A view that does not find what it was asked for says so itself, and does not come here.
    """
    view = get_callable(getattr(settings, "JOEY_UNROUTED_VIEW", not_found))
    answer: HttpResponseBase = view(request)
    return answer


# --- Django's handlers for what never reaches a view ------------------------------------------------


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 for a path or method without a route; GET and HEAD get the static handler's wording."""
    message = "File not found." if request.method in {"GET", "HEAD"} else ""
    return error_response(NotFound(message))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(BadRequest())


def server_error(request: HttpRequest) -> HttpResponse:
    """500 for what a middleware could not handle. Raises NeedsPool when it only touched the ORM inline."""
    error = sys.exception()
    if isinstance(error, Exception):
        as_inline_error(error)
    answer = ApiError(status=500)
    answer.__cause__ = error
    return error_response(answer)  # Django has logged it

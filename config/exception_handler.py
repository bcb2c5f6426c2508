"""The one place that writes error answers: `{"data": {}, "message": "...", "status": 400}`.

Reference: contract/records.md 1.1, contract/system.md 1.
"""

import logging
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse

from collections_app.database import as_inline_error
from collections_app.errors import ApiError, BadRequest, ErrorTree, FieldError, NotFound, TooLarge, sentenize
from collections_app.json_encoding import encode

logger = logging.getLogger(__name__)

_BAD_INPUT = (SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent)


def handle_exception(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """DRF's exception hook: every exception of a view becomes an envelope."""
    as_inline_error(error)
    return error_response(as_api_error(error))


def as_api_error(error: Exception) -> ApiError:
    """The answer to an exception; what no class foresaw is logged and answered with a plain 500."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, Http404 | ObjectDoesNotExist | FileNotFoundError):
        return NotFound()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, _BAD_INPUT):
        return BadRequest()
    logger.error("unforeseen error", exc_info=error)
    return ApiError(status=500)


def error_response(error: ApiError) -> HttpResponse:
    body = {
        "data": _data(error.data),
        "message": sentenize(error.message),
        "status": error.status,
    }
    return HttpResponse(encode(body) + b"\n", status=error.status, content_type="application/json")


def _data(tree: ErrorTree) -> dict[str, Any]:
    return {
        key: _leaf(node) if isinstance(node, FieldError) else _data(node)
        for key, node in sorted(tree.items())
    }


def _leaf(error: FieldError) -> dict[str, Any]:
    leaf: dict[str, Any] = {"code": error.code, "message": sentenize(error.message)}
    if error.params:
        leaf["params"] = dict(sorted(error.params.items()))
    return leaf


# --- Django's handlers for what never reaches a view ------------------------------------------------


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 for a path or method without a route; GET and HEAD get the static handler's wording."""
    message = "File not found." if request.method in {"GET", "HEAD"} else ""
    return error_response(NotFound(message))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response(BadRequest())


def server_error(request: HttpRequest) -> HttpResponse:
    return error_response(ApiError(status=500))

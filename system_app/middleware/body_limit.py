"""Refuses bodies over the limit of their route before anything reads them (contract/system.md 11)."""

import sys
from collections.abc import Callable, MutableMapping
from io import BytesIO
from typing import Any

from django.http import HttpRequest, HttpResponse

from auth_app.authentication import signed_in
from collections_app.catalog import find_collection
from collections_app.system_names import SUPERUSERS
from platform_app.requests.answers import error_response
from platform_app.requests.asgi_request import request_of
from platform_app.requests.body_size import CUT_OFF, DEFAULT_LIMIT_BYTES, is_over
from platform_app.requests.client_ip import real_ip
from platform_app.wire.errors import Forbidden, TooLarge
from system_app.limits.body_limits import BATCH_PATH, limit_of, written_collection
from system_app.limits.large_uploads import (
    form_collection,
    is_large_upload,
    may_send_form,
    may_send_large,
    register_large_upload,
)

UNLIMITED = sys.maxsize
_DIGITS_OF_LARGE = len(str(DEFAULT_LIMIT_BYTES))
UPLOAD_PATH = "/api/backups/upload"

GetResponse = Callable[[HttpRequest], HttpResponse]


class BodyLimitMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        may_be_large = len(meta.get("CONTENT_LENGTH") or "") >= _DIGITS_OF_LARGE or CUT_OFF in meta
        if may_be_large and is_over(request, DEFAULT_LIMIT_BYTES) and is_refused(request):
            return error_response(TooLarge())
        return self.get_response(request)


def is_refused(request: HttpRequest) -> bool:
    """Whether the body is over its route's limit, and no other refusal goes first."""
    method, path = request.method or "GET", request.path_info
    if (method == "POST" and path == BATCH_PATH) or is_large_upload(method, path):
        return False  # their views first ask whether batches are on, or for a superuser
    name = written_collection(method, path)
    if name and find_collection(name) is None:
        return False
    return is_over(request, limit_of(method, path))


def limit_for_reading(scope: MutableMapping[str, Any]) -> int:
    """How much of a request's body to read, in bytes; asked when a body outgrows the usual.

    Backups may be of any size, but nobody except a superuser fills the disk with one; nor does a stranger
    send more than usual to a form.
    """
    if may_send_large(scope):
        return UNLIMITED
    method, path = scope["method"], scope["path"]
    if form_collection(method, path) and not may_send_form(scope):
        return DEFAULT_LIMIT_BYTES
    return limit_of(method, path)


def _is_superuser(scope: MutableMapping[str, Any]) -> bool:
    # Without the query, which may not be decodable; an answer to that comes later.
    request = request_of({**scope, "query_string": b""}, BytesIO())
    try:
        found = signed_in(request.META.get("HTTP_AUTHORIZATION"), lambda: real_ip(request))
    except Forbidden:
        return False
    return found is not None and found[0].collection.name == SUPERUSERS


register_large_upload(UPLOAD_PATH, _is_superuser)

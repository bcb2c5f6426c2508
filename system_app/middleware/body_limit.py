"""Refuses bodies over the limit before anything reads them (contract/system.md 11)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from collections_app.errors import TooLarge
from config.exception_handler import error_response

DEFAULT_LIMIT_BYTES = 32 * 1024 * 1024

GetResponse = Callable[[HttpRequest], HttpResponse]


class BodyLimitMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH")
        if declared and declared.isdigit() and int(declared) > DEFAULT_LIMIT_BYTES:
            return error_response(TooLarge())
        if request.META.get("joey.body_too_large"):
            return error_response(TooLarge())
        return self.get_response(request)

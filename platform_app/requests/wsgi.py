"""What WSGI servers need so that answers can be held back (see `held_answers`)."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponseBase

from platform_app.requests.activity import Answered
from platform_app.requests.held_answers import collect, settle

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class HeldBack:
    """A WSGI application whose answers wait on the thread of their request."""

    def __init__(self, application: WsgiApplication, answered: Answered | None = None) -> None:
        """`answered` is told every answer, before it is sent."""
        self._application = application
        self._answered = answered

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        body, held = collect(self._application, environ, start_response)
        if held is not None:
            settle(held)
        if self._answered is not None and isinstance(body, HttpResponseBase):  # Django hands out its answers
            self._answered(body, time.perf_counter() - began)
        return body

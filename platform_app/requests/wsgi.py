"""What WSGI servers need so that answers can be held back (see `held_answers`)."""

from collections.abc import Callable, Iterable
from typing import Any

from platform_app.requests.held_answers import collect, settle

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class HeldBack:
    """A WSGI application whose answers wait on the thread of their request."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body, held = collect(self._application, environ, start_response)
        if held is not None:
            settle(held)
        return body

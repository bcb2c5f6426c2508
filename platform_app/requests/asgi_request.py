"""Django's request for an ASGI scope, in which the first line of a repeated header counts, as in Go."""

from collections.abc import Iterable
from typing import IO

from django.core.handlers.asgi import ASGIRequest

from platform_app.requests.asgi import Scope

_COOKIE = b"cookie"


def request_of(scope: Scope, body: IO[bytes]) -> ASGIRequest:
    """Raises UnicodeDecodeError for a query that is not UTF-8."""
    request = ASGIRequest(scope, body)
    headers = scope["headers"]
    if len(dict(headers)) != len(headers):
        request.META.update(_of_repeated(headers))
    return request


def _of_repeated(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """What META has to say of the headers that come more than once, where Django joins them all by commas."""
    lines: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        lines.setdefault(name, []).append(value)
    return {
        _meta_key(name): (b"; ".join(values) if name == _COOKIE else values[0]).decode("latin-1")
        for name, values in lines.items()
        # Django leaves out names with underscores, which would pass for others.
        if len(values) > 1 and b"_" not in name
    }


def _meta_key(name: bytes) -> str:
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if name in {b"content-type", b"content-length"} else f"HTTP_{key}"

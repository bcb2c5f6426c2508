"""Routes that take a body of any size from who may send it: backups are brought along there.

An app above registers its own; nobody else fills the disk with one.
"""

from collections.abc import Callable, MutableMapping
from typing import Any

MaySend = Callable[[MutableMapping[str, Any]], bool]

_routes: dict[str, MaySend] = {}


def register_large_upload(path: str, may_send: MaySend) -> None:
    """POST to `path` has no limit for whom `may_send`, asked with the ASGI scope once a body is large.

    The view refuses everybody else.
    """
    _routes[path] = may_send


def is_large_upload(method: str, path: str) -> bool:
    return method == "POST" and path in _routes


def may_send_large(scope: MutableMapping[str, Any]) -> bool:
    may_send = _routes.get(scope["path"]) if scope["method"] == "POST" else None
    return may_send is not None and may_send(scope)

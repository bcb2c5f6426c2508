"""Routes of apps above that take more of a body than usual from who may send it; nobody else fills the disk.

Backups are brought along at some, of any size. At others forms write records, with as much room as the API
has for those of the collection.
"""

import re
from collections.abc import Callable, MutableMapping
from typing import Any

MaySend = Callable[[MutableMapping[str, Any]], bool]

_routes: dict[str, MaySend] = {}
_forms: list[tuple[re.Pattern[str], MaySend]] = []


def register_large_upload(path: str, may_send: MaySend) -> None:
    """POST to `path` has no limit for whom `may_send`, asked with the ASGI scope once a body is large.

    The view refuses everybody else.
    """
    _routes[path] = may_send


def register_record_form(pattern: str, may_send: MaySend) -> None:
    """POST to what `pattern` matches writes a record of the collection that its group `collection` names."""
    _forms.append((re.compile(pattern), may_send))


def is_large_upload(method: str, path: str) -> bool:
    return method == "POST" and path in _routes


def may_send_large(scope: MutableMapping[str, Any]) -> bool:
    may_send = _routes.get(scope["path"]) if scope["method"] == "POST" else None
    return may_send is not None and may_send(scope)


def form_collection(method: str, path: str) -> str:
    """The name or id of the collection of which a form there writes a record; "" for any other route."""
    form = _form_at(path) if method == "POST" else None
    return form[0]["collection"] if form else ""


def may_send_form(scope: MutableMapping[str, Any]) -> bool:
    """Whether who asks may send as much to a form as the collection has room for."""
    form = _form_at(scope["path"])
    return form is not None and form[1](scope)


def _form_at(path: str) -> tuple[re.Match[str], MaySend] | None:
    return next(((found, may) for pattern, may in _forms if (found := pattern.fullmatch(path))), None)

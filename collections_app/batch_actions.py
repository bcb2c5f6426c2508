"""Actions of your own in batches, beside the writes of records (contract/hooks.md 6).

    @batch_action("POST /api/shop/orders/{order}/pay")
    def pay(info: RequestInfo, order: str) -> dict[str, Any]: ...

Module state, filled once at start-up: `ready()` of an AppConfig is the place to import them.
Reference: apis/batch.go (ValidBatchActions), PocketBase v0.39.11.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import unquote

from collections_app.request_info import RequestInfo

# Takes the item's info and the values in its path. What it returns is the item's body, as JSON or as an
# HttpResponse with a status of its own; None stands for a 204.
Act = Callable[..., Any]
ActT = TypeVar("ActT", bound=Act)

_ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/[^\s?#]*)")
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_actions: dict[str, tuple[re.Pattern[str], Act]] = {}


def batch_action(route: str) -> Callable[[ActT], ActT]:
    """Let items of batches with this method and path call the function, within the batch's transaction.

    A name in braces is one segment of the path. Raises ValueError for what is no such route, and RuntimeError
    for one that is there already. Who may call it is the function's to say.
    """
    found = _ROUTE.fullmatch(route)
    if found is None:
        raise ValueError(f"{route!r} is no batch action: expected a method and a path, such as POST /api/x")
    method, path = found.groups()
    names = _NAME.findall(path)
    if "info" in names or len(set(names)) < len(names):
        raise ValueError(f"{route!r} names two of the function's parameters alike")
    segments = [
        rf"(?P<{name[1]}>[^/?]+)" if (name := _NAME.fullmatch(segment)) else re.escape(segment)
        for segment in path.split("/")
    ]
    pattern = re.compile(rf"{method} {'/'.join(segments)}(?:\?(?P<__query>.*))?", re.DOTALL)

    def register(act: ActT) -> ActT:
        if route in _actions:
            raise RuntimeError(f"batch action {route!r} is registered twice")
        _actions[route] = pattern, act
        return act

    return register


def find_action(method: str, url: str) -> tuple[Callable[[RequestInfo], Any], str] | None:
    """What answers an item, and its query string; None where that is none of these."""
    for pattern, act in _actions.values():
        if match := pattern.fullmatch(f"{method.upper()} {url}"):
            values = match.groupdict()
            query = values.pop("__query") or ""
            return partial(act, **{name: unquote(value) for name, value in values.items()}), query
    return None

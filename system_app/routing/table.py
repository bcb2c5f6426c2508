"""The table of this process's own routes: which one a request is for, and what runs around it.

The patterns of the URLconf are in it as well, where they matter: own routes go before them or after them by
the same rules as among themselves.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.utils.module_loading import import_string

from platform_app.requests.asgi import Scope
from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES
from platform_app.requests.lanes import Lane, decoded_by_segment
from system_app.middleware.body_limit import UNLIMITED, limit_for_reading
from system_app.routing import guards
from system_app.routing.finding import Conflict, Finder, Found, Placed
from system_app.routing.guards import BodyLimit
from system_app.routing.middlewares import Middleware, Rest, answering, chain, layer
from system_app.routing.patterns import InvalidPattern, Pattern
from system_app.routing.router import Route, router

FRONT = "system_app.routing.serving.RoutesMiddleware"
INNERMOST = "system_app.routing.serving.InnermostMiddleware"

# The server's own layers under the ids and priorities that people know. Where their order is not that of the
# reference, a layer has the priority of the one before it.
_KNOWN = {
    "system_app.middleware.cors.CorsMiddleware": (guards.CORS, guards.CORS_PRIORITY),
    "system_app.middleware.activity_log.ActivityLogMiddleware": (
        guards.ACTIVITY_LOG,
        guards.ACTIVITY_LOG_PRIORITY,
    ),
    "system_app.middleware.security_headers.SecurityHeadersMiddleware": (
        guards.SECURITY_HEADERS,
        guards.ACTIVITY_LOG_PRIORITY,
    ),
    "auth_app.authentication.TokenMiddleware": (guards.LOAD_TOKEN, guards.LOAD_TOKEN_PRIORITY),
    "system_app.middleware.rate_limit.RateLimitMiddleware": (guards.RATE_LIMIT, guards.RATE_LIMIT_PRIORITY),
    "system_app.middleware.body_limit.BodyLimitMiddleware": (guards.BODY_LIMIT, guards.BODY_LIMIT_PRIORITY),
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class RoutesUnusable(ImproperlyConfigured):
    """Routes that conflict, or that nobody would find; the message says which in one line."""


@dataclass(frozen=True, slots=True)
class Built:
    """A route with what runs around it."""

    route: Route
    answer: Rest


class RouteTable:
    """Raises RoutesUnusable."""

    def __init__(self) -> None:
        layers = list(server_layers())
        own: list[Placed[Built | None]] = [
            Placed(route.pattern, Built(route, _built(route, layers)), route.place) for route in router.routes
        ]
        try:
            self._finder = Finder(own, settled=list(urlconf_patterns()) if own else [])
        except Conflict as conflict:
            raise RoutesUnusable(str(conflict)) from conflict

    def find(self, method: str, host: str, path: str) -> Found[Built] | None:
        """The own route for a request, as `Finder.find`; None for those that the URLconf answers."""
        found = self._finder.find(method, host, path)
        return None if found is None or found.subject is None else found  # type: ignore[return-value]

    def find_by_scope(self, scope: Scope) -> Route | None:
        """The same for who has no request yet."""
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        found = self.find(scope["method"], host.decode("latin-1"), _path_in(scope))
        return None if found is None else found.subject.route

    def lane_of(self, scope: Scope) -> Lane | None:
        """Where the request runs if it is for an own route."""
        route = self.find_by_scope(scope)
        return None if route is None else route.lane

    def body_limit_of(self, scope: Scope) -> int:
        """The bytes that a request's body may have."""
        route = self.find_by_scope(scope)
        if route is None:
            return UNLIMITED if guards.BODY_LIMIT in router.removed else limit_for_reading(scope)
        for one in route.middlewares(server_layers()):
            if one.id == guards.BODY_LIMIT:
                limit = one.limit_bytes if isinstance(one, BodyLimit) else DEFAULT_LIMIT_BYTES
                return limit if limit > 0 else UNLIMITED
        return UNLIMITED  # this route does without it


@cache
def route_table() -> RouteTable:
    """The one of this process, made when all apps and files are loaded. Raises RoutesUnusable."""
    return RouteTable()


def own_lane_finder() -> Callable[[Scope], Lane | None] | None:
    """What says where requests for own routes run; None without such routes. Raises RoutesUnusable."""
    return route_table().lane_of if router.routes else None


def own_body_limits() -> Callable[[Scope], int]:
    """What says how much of a body to read. Raises RoutesUnusable."""
    return route_table().body_limit_of if router.is_used else limit_for_reading


def check_own_patterns() -> None:
    """See that no two own routes conflict, without looking at the URLconf, and that they will be found.

    Raises RoutesUnusable.
    """
    if router.is_used and FRONT not in settings.MIDDLEWARE:
        raise RoutesUnusable(f"MIDDLEWARE lacks {FRONT}, which finds routes and middlewares of one's own")
    try:
        Finder([Placed(route.pattern, None, route.place) for route in router.routes])
    except Conflict as conflict:
        raise RoutesUnusable(str(conflict)) from conflict


def server_layers() -> Iterator[Middleware]:
    """Those of `settings.MIDDLEWARE` that stand behind the routes, without those that were removed.

    Others than ours have their path as id.
    """
    priority = guards.CORS_PRIORITY
    names = list(settings.MIDDLEWARE)
    start = names.index(FRONT) + 1 if FRONT in names else 0
    for name in names[start:]:
        if name != INNERMOST:
            known, priority = _KNOWN.get(name, (name, priority))
            if known not in router.removed:
                yield Middleware(_made(name), known, priority)


def _made(name: str) -> Any:
    factory = import_string(name)

    def wrap(rest: Rest) -> Rest:
        try:
            return layer(factory)(rest)
        except MiddlewareNotUsed:
            return rest

    return wrap


def _built(route: Route, layers: list[Middleware]) -> Rest:
    return answering(chain(route.middlewares(layers), route.innermost))


def _path_in(scope: Scope) -> str:
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" in raw.lower():
        return decoded_by_segment(raw.decode("latin-1"))
    path: str = scope["path"]
    return path


# --- the patterns of the URLconf --------------------------------------------------------------------

_CONVERTED = re.compile(r"<(?:(?P<converter>[^<>:]+):)?(?P<name>[^<>:]+)>")


def urlconf_patterns() -> Iterator[Placed[Built | None]]:
    """Those that can be said as patterns of routes, one for each method that the view has."""
    yield from _patterns_in(get_resolver(), "/")


def _patterns_in(resolver: URLResolver, prefix: str) -> Iterator[Placed[Built | None]]:
    for one in resolver.url_patterns:
        if not isinstance(one.pattern, RoutePattern):
            continue
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _patterns_in(one, route)
        elif isinstance(one, URLPattern):
            yield from _of_view(one, _CONVERTED.sub(_name, route))


def _name(match: "re.Match[str]") -> str:
    return f"{{{match['name']}...}}" if match["converter"] == "path" else f"{{{match['name']}}}"


def _of_view(url: URLPattern, path: str) -> Iterator[Placed[Built | None]]:
    view = getattr(url.callback, "view_class", url.callback)
    methods = [one for one in _METHODS if hasattr(view, one.lower())] or _METHODS
    # A path with a slash at its end is that one path to Django.
    path = f"{path}{{$}}" if path.endswith("/") else path
    for method in methods:
        try:
            pattern = Pattern.parse(f"{method} {path}")
        except InvalidPattern:
            return  # it says what patterns of routes cannot: to those it does not exist
        if not (pattern.is_open and len(pattern.segments) == 1):  # whoever takes all that is left comes last
            yield Placed(pattern, None, f"{view.__module__}.{getattr(view, '__qualname__', repr(view))}")

"""Routes of people's own: what is registered, by whom, and with which middlewares around it.

    @route("GET /hello/{name}", auth="users")
    def hello(request: HttpRequest, name: str) -> dict[str, str]:
        return {"message": f"Hello {name}!"}

Reference: tools/router/group.go and route.go, PocketBase v0.39.11.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase

from platform_app.database.lanes import require_pool
from platform_app.requests.exchange import as_wanted
from platform_app.requests.lanes import Lane
from system_app.routing.answering import to_response
from system_app.routing.guards import require_auth
from system_app.routing.middlewares import Middleware, in_order, middleware_of
from system_app.routing.patterns import Pattern
from system_app.routing.values import path_values

Handler = TypeVar("Handler", bound=Callable[..., Any])
# What stands where a middleware is expected.
Use = Middleware | Callable[[HttpRequest], Any]
UseOf = TypeVar("UseOf", bound=Use)
# Whom a route lets in: anybody, whoever is signed in, or records of these collections.
Auth = bool | str | Sequence[str]

# Nobody knows what a route of somebody's own does, and it may well wait for the network: there it keeps
# nobody else from their answers.
USUAL_LANE: Lane = "waiting"
LANES: tuple[Lane, ...] = ("pool", "queries", "bulk", "long", "waiting")


@dataclass
class Group:
    """Routes with a common beginning of their paths and common middlewares; `without` are ids of such.

    What a group leaves out, all its routes leave out, whichever group above brought it.
    """

    router: "Router"
    prefix: str = ""
    use: list[Middleware] = field(default_factory=list)
    without: frozenset[str] = frozenset()
    parent: "Group | None" = None
    lane: Lane | None = None

    def group(
        self,
        prefix: str,
        *,
        use: Iterable[Use] = (),
        without: Iterable[str] = (),
        auth: Auth = False,
        lane: Lane | None = None,
    ) -> "Group":
        """A group within this one; its paths begin with both prefixes."""
        own = [*_guards(auth), *map(as_middleware, use)]
        return Group(self.router, prefix, own, frozenset(without), self, lane or self.lane)

    def route(
        self,
        pattern: str,
        *,
        use: Iterable[Use] = (),
        without: Iterable[str] = (),
        auth: Auth = False,
        lane: Lane | None = None,
    ) -> Callable[[Handler], Handler]:
        """Answer requests that fit `[METHOD ][HOST]/[PATH]`.

        The function gets the request and the values of the path by name, and returns a JSON value, a text,
        None, or any answer of Django's. `use` are middlewares of this route, `without` the ids of those that
        it does without, `lane` is where it runs.
        Raises InvalidPattern, and ImproperlyConfigured for an unknown lane and for a function that does not
        take the values.
        """
        if lane is not None and lane not in LANES:
            raise ImproperlyConfigured(f"{pattern}: expected a lane of {', '.join(LANES)}, got {lane!r}")

        def register(handler: Handler) -> Handler:
            parsed = Pattern.parse(self._full(pattern))
            _check_takes(handler, parsed)
            self.router.add(
                Route(
                    pattern=parsed,
                    handler=handler,
                    group=self,
                    use=[*_guards(auth), *map(as_middleware, use)],
                    without=frozenset(without),
                    lane=lane or self.lane or USUAL_LANE,
                    place=place_of(handler),
                )
            )
            return handler

        return register

    def _full(self, pattern: str) -> str:
        """The pattern with the prefixes before its path."""
        method, separator, path = pattern.strip().rpartition(" ")
        if not separator and "/" not in path and self._prefixes():
            method, path = path, ""  # the group's own address: `GET`
        return f"{method.strip()} {self._prefixes()}{path}".strip()

    def _prefixes(self) -> str:
        return "".join(group.prefix for group in self.with_parents())

    def with_parents(self) -> Iterator["Group"]:
        """The groups that this one is in, the outermost first, and itself."""
        if self.parent is not None:
            yield from self.parent.with_parents()
        yield self


@dataclass(frozen=True)
class Route:
    """`place` says where it was written, for messages."""

    pattern: Pattern
    handler: Callable[..., Any]
    group: Group
    use: list[Middleware]
    without: frozenset[str]
    lane: Lane
    place: str

    def middlewares(self, layers: Iterable[Middleware]) -> list[Middleware]:
        """Those around this route, in order: of the server (`layers`), of its groups, its own."""
        without, found = set(self.without), list(self.use)
        # From the inside out: what is left out further in may have been brought in further out only.
        for group in reversed(list(self.group.with_parents())):
            found = [*(one for one in group.use if one.id not in without), *found]
            without |= group.without
        return in_order([*(one for one in layers if one.id not in without), *found])

    def innermost(self, request: HttpRequest) -> HttpResponseBase:
        """The answer of the function itself. Raises what it raises."""
        require_pool()  # it may be slow, and do what must not be done twice
        return as_wanted(request, to_response(request, self.handler(request, **path_values(request))))


class Router:
    """All routes of people's own in this process, and their global middlewares."""

    def __init__(self) -> None:
        self.root = Group(self)
        self.routes: list[Route] = []
        self.removed: set[str] = set()

    @property
    def is_used(self) -> bool:
        return bool(self.routes or self.root.use or self.removed)

    def add(self, route: Route) -> None:
        if inspect.iscoroutinefunction(route.handler):
            route = Route(**{**vars(route), "handler": _to_its_end(route.handler)})
        self.routes.append(route)

    def use(self, middleware: UseOf, *others: Use) -> UseOf:
        """Put middlewares around all requests, those to the server's own routes as well.

        Returns the first one, so that it decorates a function.
        """
        self.root.use += map(as_middleware, (middleware, *others))
        return middleware

    def remove(self, *ids: str) -> None:
        """Take middlewares away from all requests by their ids: the server's, and global ones so far."""
        self.removed |= set(ids)
        self.root.use = [one for one in self.root.use if one.id not in ids]


def middleware(
    *,
    id: str = "",  # noqa: A002 - the word that people know
    priority: int = 0,
) -> Callable[[Callable[[HttpRequest], Any]], Middleware]:
    """Makes a middleware of a function or generator: with an id it can be replaced, with a priority moved."""

    def make(function: Callable[[HttpRequest], Any]) -> Middleware:
        return middleware_of(function, id=id, priority=priority)

    return make


def as_middleware(use: Use) -> Middleware:
    return use if isinstance(use, Middleware) else middleware_of(use)


def place_of(handler: Any) -> str:
    """The file and line of a function, or what else there is to say where it comes from."""
    code = getattr(inspect.unwrap(handler), "__code__", None)
    return f"{code.co_filename}, line {code.co_firstlineno}" if code else repr(handler)


def _check_takes(handler: Callable[..., Any], pattern: Pattern) -> None:
    """Raises ImproperlyConfigured for a function that cannot be called with what the path has."""
    try:
        inspect.signature(handler).bind(None, **dict.fromkeys(pattern.names))
    except TypeError as error:
        raise ImproperlyConfigured(f"{pattern.text} ({place_of(handler)}): {error}") from error
    except ValueError:
        return  # it does not tell


def _guards(auth: Auth) -> list[Middleware]:
    if auth is False:
        return []
    if auth is True:
        return [require_auth()]
    return [require_auth(*((auth,) if isinstance(auth, str) else auth))]


def _to_its_end(handler: Callable[..., Any]) -> Callable[..., Any]:
    """An async function as one that its thread waits for."""

    @wraps(handler)
    def run(request: HttpRequest, **values: str) -> Any:
        return async_to_sync(handler)(request, **values)

    return run


router = Router()
route = router.root.route
group = router.root.group
use = router.use
remove = router.remove

"""Routes whose views are imported when they are first asked for: those that no start has to wait for."""

import threading
from importlib import import_module

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern

# Longer than the first answer takes: importing would only be in its way.
_LOAD_AFTER_SECONDS = 0.5

_urlconfs: list[str] = []


def include_later(route: str, urlconf: str) -> URLResolver:
    """As `path(route, include(urlconf))`, but `urlconf` is imported when a path first begins with `route`."""
    _urlconfs.append(urlconf)
    return URLResolver(RoutePattern(route), urlconf)


def load_cold_routes() -> None:
    """Import them all a moment after the start, so that hardly a request that needs them waits for it."""
    timer = threading.Timer(_LOAD_AFTER_SECONDS, _load)
    timer.daemon = True
    timer.start()


def _load() -> None:
    for urlconf in _urlconfs:
        import_module(urlconf)

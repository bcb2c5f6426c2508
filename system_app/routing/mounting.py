"""Whole applications under a path: WSGI, ASGI, or the URLs of a Django app.

They run behind the server's layers, as all routes do: whoever calls is known, counted and logged.
"""

import itertools
import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.module_loading import import_string

from platform_app.requests.app_answers import AppAnswer
from platform_app.requests.asgi import AsgiApp
from platform_app.requests.lanes import SLASH_IN_SEGMENT
from platform_app.wire.errors import ApiError
from system_app.routing.middlewares import Middleware, layer
from system_app.routing.router import Auth, Use, router

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def mount(
    path: str,
    *,
    asgi: AsgiApp | None = None,
    wsgi: WsgiApp | None = None,
    urls: str = "",
    use: Iterable[Use] = (),
    without: Iterable[str] = (),
    auth: Auth = False,
) -> None:
    """Let an application answer everything below a path, by any method.

    Name one: an ASGI or WSGI application, or the module of a Django app's `urlpatterns`. The options are
    those of a route. Raises ValueError for a path without slashes around it, and for no or several
    applications.
    """
    if not (path.startswith("/") and path.endswith("/")):
        raise ValueError(f"expected a path with a slash at both ends, got {path!r}")
    root = path.rstrip("/")
    handlers: list[Callable[[HttpRequest], HttpResponseBase]] = []
    if asgi is not None:
        handlers.append(lambda request: _asgi_answer(asgi, root, request))
    if wsgi is not None:
        handlers.append(lambda request: _wsgi_answer(wsgi, root, request))
    if urls:
        handlers.append(_resolving(urls, root))
    if len(handlers) != 1:
        raise ValueError(f"{path}: expected one of asgi, wsgi and urls")
    router.root.route(path, use=use, without=without, auth=auth)(handlers[0])


def django_middleware(name: str, *, priority: int = 0) -> Middleware:
    """One of Django's middlewares for routes, by its dotted path, which is its id as well."""
    return Middleware(layer(import_string(name)), name, priority)


def _asgi_answer(app: AsgiApp, root: str, request: HttpRequest) -> HttpResponseBase:
    if not hasattr(request, "scope"):
        raise ApiError("This needs an ASGI server.", status=501)
    return AppAnswer(app, root)


def _resolving(urls: str, root: str) -> Callable[[HttpRequest], HttpResponseBase]:
    resolver = URLResolver(RegexPattern(r"^/"), urls)

    def answer(request: HttpRequest) -> HttpResponseBase:
        match = resolver.resolve(request.path_info.removeprefix(root))
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        return response

    return answer


def _wsgi_answer(app: WsgiApp, root: str, request: HttpRequest) -> HttpResponseBase:
    head: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        head[:] = [int(status.split(" ", 1)[0]), headers]
        return written.append

    chunks = app(_environ(root, request), start_response)
    following = iter(chunks)
    # An application that is a generator says its status when it is asked for the first chunk.
    first = next(following, b"")
    status, headers = head
    response = StreamingHttpResponse(itertools.chain(written, (first,), following), status=status)
    if hasattr(chunks, "close"):
        response._resource_closers.append(chunks.close)  # type: ignore[attr-defined]
    del response.headers["Content-Type"]
    for name, value in headers:
        response.headers[name] = f"{response.headers[name]}, {value}" if name in response.headers else value
    return response


def _environ(root: str, request: HttpRequest) -> dict[str, Any]:
    """What the application is told of the request; WSGI wants the bytes of a path as Latin-1."""
    path = request.path_info.removeprefix(root).replace(SLASH_IN_SEGMENT, "/")
    kept = {key: value for key, value in request.META.items() if isinstance(value, str)}
    return {
        **kept,
        "SCRIPT_NAME": root,
        "PATH_INFO": path.encode().decode("latin-1"),
        "SERVER_PROTOCOL": kept.get("SERVER_PROTOCOL", "HTTP/1.1"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": request,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }

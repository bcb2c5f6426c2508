"""Where own routes stand among the layers of a request: behind the tidying of paths, before all others.

Without routes and middlewares of people's own both leave by themselves, and no request costs more.
"""

from typing import ClassVar
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase

from platform_app.requests.exchange import put_headers
from system_app.middleware.path_cleaner import redirect_to
from system_app.routing.middlewares import Rest, answering, chain, in_order
from system_app.routing.router import router
from system_app.routing.table import route_table, server_layers
from system_app.routing.values import set_path_values


class InnermostMiddleware:
    """Remembers what stands behind all layers, for middlewares around all routes; then leaves."""

    rest: ClassVar[Rest | None] = None

    def __init__(self, get_response: Rest) -> None:
        InnermostMiddleware.rest = staticmethod(get_response)
        raise MiddlewareNotUsed


class RoutesMiddleware:
    """Answers what is for own routes; all else goes on, through own middlewares if there are any for all."""

    def __init__(self, get_response: Rest) -> None:
        if not router.is_used:
            raise MiddlewareNotUsed
        self.get_response = get_response if not (router.root.use or router.removed) else _around_all()
        self._table = route_table()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        host = request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", "")
        found = self._table.find(request.method or "GET", host, request.path_info)
        if found is None:
            response = self.get_response(request)
        elif found.redirect:
            return redirect_to(request, f"{request.META.get('RAW_PATH') or quote(request.path_info)}/")
        else:
            set_path_values(request, dict(found.values))
            response = found.subject.answer(request)
        put_headers(request, response)
        return response


def _around_all() -> Rest:
    """The server's own layers anew, with the global middlewares between them."""
    innermost = InnermostMiddleware.rest
    if innermost is None:
        raise ImproperlyConfigured(
            "MIDDLEWARE lacks system_app.routing.serving.InnermostMiddleware at its end"
        )
    return answering(chain(in_order([*server_layers(), *router.root.use]), innermost))

"""HTTP in and out of signing in with an account elsewhere."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from auth_app.flows.oauth2 import ProviderAnswer, require_oauth2, sign_in_with_oauth2
from auth_app.flows.oauth2_redirect import Return, tell_client
from auth_app.views.signing_in import AuthView, caller_of
from collections_app.collection import Collection
from collections_app.views import guards
from collections_app.views.api_view import APIView
from platform_app.requests.body import query_values
from platform_app.requests.client_ip import real_ip
from platform_app.requests.struct_body import bind
from platform_app.wire.errors import BadRequest

# Relative to the redirect, so that they work below any path that a proxy puts in front.
SUCCESS = "../_/#/auth/oauth2-redirect-success"
FAILURE = "../_/#/auth/oauth2-redirect-failure"

# (request, collection, "create", method, path)
CheckRate = Callable[[HttpRequest, Collection, str, str, str], None]


def unlimited(request: HttpRequest, collection: Collection, action: str, method: str, path: str) -> None:
    """Lets every new account pass."""


class AuthWithOAuth2(AuthView):
    """`check_rate` raises when an account is made too soon after others; whoever names the route sets it."""

    check_rate: CheckRate = staticmethod(unlimited)

    def sign_in(self, request: HttpRequest, name: str, **path: str) -> dict[str, Any] | None:
        guards.require_collection(name)
        collection = guards.require_auth_collection(name)
        require_oauth2(collection)
        brought = bind(request, ProviderAnswer)
        return sign_in_with_oauth2(
            collection,
            brought,
            caller_of(request, "oauth2"),
            lambda collection, path: self.check_rate(request, collection, "create", "POST", path),
        )


class OAuth2Redirect(APIView):
    """The page that a provider sends the browser to: it tells the client, and shows how it went."""

    def get(self, request: HttpRequest) -> HttpResponse:
        query = query_values(request)
        returned = Return(*(query.get(key, "") for key in ("state", "code", "error")))
        return _redirect(request, tell_client(returned, ip=real_ip(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            returned = bind(request, Return)
        except BadRequest:
            return _redirect(request, False)
        return _redirect(request, tell_client(returned, ip=real_ip(request)))


def _redirect(request: HttpRequest, is_success: bool) -> HttpResponse:
    # After a form the browser must not send it again.
    response = HttpResponse(status=307 if request.method == "GET" else 303)
    response["Location"] = SUCCESS if is_success else FAILURE
    del response["Content-Type"]
    return response

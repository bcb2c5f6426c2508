"""HTTP in and out of the sign-in flows.

Every collection route answers 404 for an unknown collection before anything else: in the reference the rate
limiter looks it up first. `impersonate` has no such limiter and asks for the superuser first.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse

from auth_app.events import REFRESHING
from auth_app.flows import impersonate as impersonation
from auth_app.flows.methods import auth_methods
from auth_app.flows.mfa import SecondFactorRequired
from auth_app.flows.password import Credentials, require_password_auth, sign_in_with_password
from auth_app.flows.refresh import refresh
from auth_app.flows.response import Caller
from auth_app.providers.registry import providers
from collections_app.records.querying.finding import find_record
from collections_app.records.receivers import require_pool_for_receivers
from collections_app.request_info import Context
from collections_app.views import guards
from collections_app.views.api_view import APIView, json_response, request_info, request_info_for_hooks
from platform_app.requests.activity import log_failure
from platform_app.requests.body import query_values
from platform_app.requests.client_ip import real_ip
from platform_app.requests.header_texts import user_agent_of
from platform_app.requests.struct_body import LOADING_FAILED, UnsupportedType, bind
from platform_app.wire.errors import BadRequest, NotFound


@dataclass(frozen=True)
class SecondFactorBody:
    mfa_id: str


@dataclass(frozen=True)
class ImpersonationBody:
    duration: int


def caller_of(request: HttpRequest, context: Context = "default") -> Caller:
    """The caller of a sign-in; where rules could not read the body, that is told when they are asked."""
    unreadable: BadRequest | None = None
    try:
        info = request_info(request, context)
    except BadRequest as error:
        info, unreadable = request_info_for_hooks(request, context), error

    def read_mfa_id() -> str:
        try:
            return bind(request, SecondFactorBody).mfa_id
        except UnsupportedType:
            raise
        except BadRequest as error:
            raise BadRequest("Failed to read MFA Id.") from error

    return Caller(
        info=info,
        ip=real_ip(request),
        user_agent=user_agent_of(request),
        read_mfa_id=read_mfa_id,
        unreadable=unreadable,
    )


class AuthView(APIView):
    """A route that signs in: a first factor of two is answered with 401 and the session's id."""

    def post(self, request: HttpRequest, collection: str, **path: str) -> Any:
        try:
            answer = self.sign_in(request, collection, **path)
        except SecondFactorRequired as first_factor:
            log_failure(request, "mfa required")
            return json_response(request, {"mfaId": first_factor.mfa_id}, status=401)
        # A hook that stopped the chain has answered for itself: with nothing.
        return HttpResponse() if answer is None else answer

    def sign_in(self, request: HttpRequest, name: str, **path: str) -> Any:
        raise NotImplementedError


class AuthMethods(APIView):
    def get(self, request: HttpRequest, collection: str) -> dict[str, Any]:
        guards.require_collection(collection)
        return auth_methods(guards.require_auth_collection(collection))


class AuthWithPassword(AuthView):
    def sign_in(self, request: HttpRequest, name: str, **path: str) -> dict[str, Any]:
        guards.require_collection(name)
        collection = guards.require_auth_collection(name)
        require_password_auth(collection)
        credentials = bind(request, Credentials)
        return sign_in_with_password(collection, credentials, caller_of(request, "password"))


class AuthRefresh(AuthView):
    def sign_in(self, request: HttpRequest, name: str, **path: str) -> dict[str, Any]:
        collection = guards.require_collection(name)
        require_pool_for_receivers(REFRESHING, collection, query_values(request))
        record = guards.require_record_of(request, collection)
        return refresh(record, request.token, caller_of(request))  # type: ignore[attr-defined]


class Impersonate(AuthView):
    def sign_in(self, request: HttpRequest, name: str, **path: str) -> dict[str, Any]:
        guards.require_superuser(request)
        collection = guards.require_auth_collection(name)
        record = find_record(collection, path["record_id"])
        if record is None:
            raise NotFound
        try:
            body = bind(request, ImpersonationBody)
        except BadRequest as error:
            raise BadRequest(LOADING_FAILED) from error
        return impersonation.impersonate(record, body.duration, caller_of(request))


class ProviderList(APIView):
    """The OAuth2 providers that a collection may be given."""

    def get(self, request: HttpRequest) -> list[dict[str, str]]:
        guards.require_superuser(request)
        found = sorted(providers().values(), key=lambda one: (one.order, one.name))
        return [{"name": one.name, "displayName": one.display_name, "logo": one.logo} for one in found]

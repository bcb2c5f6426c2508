"""HTTP in and out of one-time codes."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from auth_app.flows.even_answers import CODE_STEP_SECONDS, in_steps_of
from auth_app.flows.otp import (
    Code,
    CodeRequest,
    request_otp,
    require_otp_auth,
    sign_in_with_otp,
)
from auth_app.views.signing_in import AuthView, caller_of
from collections_app.views import guards
from collections_app.views.api_view import APIView, request_info_for_hooks
from platform_app.requests.struct_body import bind


class RequestOTP(APIView):
    def post(self, request: HttpRequest, collection: str) -> Any:
        guards.require_collection(collection)
        found = guards.require_auth_collection(collection)
        require_otp_auth(found)
        wanted = bind(request, CodeRequest)
        with in_steps_of(CODE_STEP_SECONDS):
            answer = request_otp(found, wanted, request_info_for_hooks(request))
        return HttpResponse() if answer is None else answer


class AuthWithOTP(AuthView):
    def sign_in(self, request: HttpRequest, name: str, **path: str) -> dict[str, Any] | None:
        guards.require_collection(name)
        collection = guards.require_auth_collection(name)
        require_otp_auth(collection)
        code = bind(request, Code)
        return sign_in_with_otp(collection, code, caller_of(request, "otp"))

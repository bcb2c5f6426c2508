"""`/api/settings/apple/generate-client-secret`: superusers make the client secret that Apple asks for."""

from typing import Any

from django.http import HttpRequest

from auth_app.providers.apple_secret import AppleSecretForm, UnusableKey, form_errors, generate_apple_secret
from collections_app.views.api_view import APIView
from collections_app.views.guards import require_superuser
from platform_app.requests.struct_body import LOADING_FAILED, bind
from platform_app.wire.errors import BadRequest


class AppleSecret(APIView):
    def post(self, request: HttpRequest) -> Any:
        require_superuser(request)
        try:
            form = bind(request, AppleSecretForm)
        except BadRequest as error:
            raise BadRequest(LOADING_FAILED) from error
        if errors := form_errors(form):
            raise BadRequest("Invalid client secret data.", errors)
        try:
            return {"secret": generate_apple_secret(form)}
        except UnusableKey as error:
            raise BadRequest(f"Failed to generate client secret. Raw error: \n{error}") from error

"""`/api/settings`: superusers read and change the settings (contract/system.md 4)."""

from copy import deepcopy
from typing import Any

from django.http import HttpRequest, HttpResponse

from collections_app.request_info import RequestInfo
from collections_app.views.api_view import APIView, no_content
from collections_app.views.guards import auth_record, require_superuser
from platform_app.requests.body import LazyHeaders, parse_body, query_values
from platform_app.requests.struct_body import LOADING_FAILED, Form, bind, read_struct
from platform_app.runtime_settings.current import stored_settings
from platform_app.wire.errors import BadRequest, Invalid
from system_app.settings.changing import read_settings, update_settings
from system_app.settings.members import merged_form, merged_json
from system_app.settings.trial_mail import TrialMail, send_trial_mail
from system_app.settings.trial_s3 import S3Trial, S3TrialFailed, try_s3

SENDING_FAILED = "Failed to send the test email."
S3_FAILED = "Failed to test the S3 filesystem."


class Settings(APIView):
    def get(self, request: HttpRequest) -> Any:
        require_superuser(request)
        answer = read_settings(_info(request, {}))
        return HttpResponse() if answer is None else answer

    def patch(self, request: HttpRequest) -> Any:
        require_superuser(request)
        # Another process may have saved a moment ago, so the row counts and not this process's copy.
        old = dict(stored_settings().data)
        new = _submitted(request, deepcopy(old))
        answer = update_settings(_info(request, parse_body(request)), old, new)
        return HttpResponse() if answer is None else answer


class SettingsTestEmail(APIView):
    def post(self, request: HttpRequest) -> HttpResponse:
        require_superuser(request)
        try:
            wanted = bind(request, TrialMail)
        except BadRequest as error:
            raise BadRequest(LOADING_FAILED) from error
        try:
            send_trial_mail(wanted)
        except Invalid as error:
            raise BadRequest(SENDING_FAILED, error.errors) from error
        except Exception as error:
            # Whatever a mail server, a backend or a receiver says is for the superuser who asks why.
            raise BadRequest(f"{SENDING_FAILED} Raw error: \n{error}") from error
        return no_content()


class SettingsTestS3(APIView):
    def post(self, request: HttpRequest) -> HttpResponse:
        require_superuser(request)
        try:
            trial = bind(request, S3Trial)
        except BadRequest as error:
            raise BadRequest(LOADING_FAILED) from error
        try:
            try_s3(trial)
        except Invalid as error:
            raise BadRequest(S3_FAILED, error.errors) from error
        except S3TrialFailed as error:
            raise BadRequest(f"{S3_FAILED} Raw error: \n{error}") from error
        return no_content()


def _info(request: HttpRequest, body: dict[str, Any]) -> RequestInfo:
    return RequestInfo(
        method=request.method or "GET",
        query=query_values(request),
        headers=LazyHeaders(request),
        body=body,
        auth=auth_record(request),
        request=request,
    )


def _submitted(request: HttpRequest, settings: dict[str, Any]) -> dict[str, Any]:
    """`settings` with the body over them. Raises BadRequest for a body that cannot be read."""

    def take_json(value: Any) -> None:
        settings.update(merged_json(settings, value))

    def take_form(form: Form) -> None:
        settings.update(merged_form(settings, form))

    def take_xml(body: bytes) -> None:
        raise ValueError("settings are not read from XML")

    try:
        read_struct(request, take_json=take_json, take_form=take_form, take_xml=take_xml)
    except BadRequest as error:
        raise BadRequest(LOADING_FAILED) from error
    return settings

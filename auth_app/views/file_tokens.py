"""Tokens for protected files: HTTP in and out of issuing them, and whom one in an address stands for."""

from django.http import HttpRequest, HttpResponse

from auth_app.authentication import may_act_from
from auth_app.tokens import MissingSigningKey, find_record_by_token, issue_file_token
from collections_app.records.record import Record
from collections_app.views.api_view import APIView, json_response, request_info_for_hooks
from collections_app.views.guards import require_auth
from files_app.events import FileTokenEvent, file_token_request
from platform_app.requests.client_ip import real_ip
from platform_app.wire.errors import ApiError


class FileToken(APIView):
    """A token for who is signed in; any body will do."""

    def post(self, request: HttpRequest) -> HttpResponse:
        record = require_auth(request)
        try:
            token = issue_file_token(record)
        except MissingSigningKey as error:
            raise ApiError("Failed to generate file token.", status=500) from error
        event = FileTokenEvent(request_info_for_hooks(request), record.collection, record, token)
        answered: HttpResponse | None = file_token_request.trigger(
            event, lambda: json_response(request, {"token": event.token})
        )
        return HttpResponse() if answered is None else answered


def reader_of(request: HttpRequest, token: str) -> Record | None:
    """The record that a file token stands for; None for one that is not valid, or not from this address."""
    found = find_record_by_token(token, ("file",))
    if found is None or not may_act_from(found[0], lambda: real_ip(request)):
        return None
    return found[0]

"""HTTP in and out of the flows that send a mail and wait for its token.

What is done is answered with 204, whether there was something to do or not.
"""

from typing import TypeVar

from django.http import HttpRequest, HttpResponse

from auth_app.flows.email_change import (
    Change,
    ChangeRequest,
    confirm_email_change,
    request_email_change,
    require_changeable,
)
from auth_app.flows.even_answers import MAIL_STEP_SECONDS, in_steps_of
from auth_app.flows.password_reset import (
    NewPassword,
    ResetRequest,
    confirm_password_reset,
    request_password_reset,
    require_resettable,
)
from auth_app.flows.verification import (
    Verification,
    VerificationRequest,
    confirm_verification,
    request_verification,
    require_verifiable,
)
from collections_app.collection import Collection
from collections_app.views import guards
from collections_app.views.api_view import APIView, no_content, request_info_for_hooks
from platform_app.requests.struct_body import LOADING_FAILED, bind
from platform_app.wire.errors import BadRequest

Body = TypeVar("Body")


class MailView(APIView):
    """A route of an auth collection whose answer says nothing but that it is done."""

    def post(self, request: HttpRequest, collection: str) -> HttpResponse:
        self.check_caller(request, guards.require_collection(collection))
        is_done = self.act(request, guards.require_auth_collection(collection))
        # A hook that stopped the chain has answered for itself: with nothing.
        return no_content() if is_done else HttpResponse()

    def check_caller(self, request: HttpRequest, collection: Collection) -> None:
        """Raises ApiError for somebody who may not call this at all."""

    def act(self, request: HttpRequest, collection: Collection) -> bool:
        """Whether it is done; False when a hook stopped it."""
        raise NotImplementedError


class RequestVerification(MailView):
    def act(self, request: HttpRequest, collection: Collection) -> bool:
        require_verifiable(collection)
        wanted = bind(request, VerificationRequest)
        with in_steps_of(MAIL_STEP_SECONDS):
            return request_verification(collection, wanted, request_info_for_hooks(request))


class ConfirmVerification(MailView):
    def act(self, request: HttpRequest, collection: Collection) -> bool:
        require_verifiable(collection)
        return confirm_verification(collection, bind(request, Verification), request_info_for_hooks(request))


class RequestPasswordReset(MailView):
    def act(self, request: HttpRequest, collection: Collection) -> bool:
        require_resettable(collection)
        wanted = bind(request, ResetRequest)
        with in_steps_of(MAIL_STEP_SECONDS):
            return request_password_reset(collection, wanted, request_info_for_hooks(request))


class ConfirmPasswordReset(MailView):
    def act(self, request: HttpRequest, collection: Collection) -> bool:
        try:
            given = bind(request, NewPassword)
        except BadRequest as error:
            raise BadRequest(LOADING_FAILED) from error
        return confirm_password_reset(collection, given, request_info_for_hooks(request))


class RequestEmailChange(MailView):
    def check_caller(self, request: HttpRequest, collection: Collection) -> None:
        guards.require_record_of(request, collection)

    def act(self, request: HttpRequest, collection: Collection) -> bool:
        require_changeable(collection)
        record = guards.require_record_of(request, collection)
        return request_email_change(record, bind(request, ChangeRequest), request_info_for_hooks(request))


class ConfirmEmailChange(MailView):
    def act(self, request: HttpRequest, collection: Collection) -> bool:
        require_changeable(collection)
        return confirm_email_change(collection, bind(request, Change), request_info_for_hooks(request))

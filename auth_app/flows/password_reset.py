"""A forgotten password: the mail with a link, and the new password that comes with the link.

Reference: contract/auth.md 12; apis/record_auth_password_reset_*.go, PocketBase v0.39.11.
"""

from dataclasses import dataclass

from auth_app.accounts import find_by_email
from auth_app.events import (
    RecordMailRequestEvent,
    record_confirm_password_reset_request,
    record_request_password_reset_request,
)
from auth_app.flows.checking import email_error, length_error, refuse, refused
from auth_app.flows.mail_tokens import bearer_of, used_before
from auth_app.flows.requested_mails import RequestedMail
from auth_app.mails import send_password_reset
from auth_app.redeeming import Spent, while_key_counts
from auth_app.tokens import unverified_claims
from collections_app.collection import Collection
from collections_app.fields.password_field import Password, PasswordField
from collections_app.records.record import Record
from collections_app.records.writing.request_writes import save_requested
from collections_app.request_info import RequestInfo
from platform_app.wire.casting import to_string
from platform_app.wire.errors import BadRequest, FieldError, required

RESET_MAIL = RequestedMail("password reset", send_password_reset, is_counted_when_failed=False)


@dataclass(frozen=True)
class ResetRequest:
    email: str


@dataclass(frozen=True)
class NewPassword:
    token: str
    password: str
    password_confirm: str


def require_resettable(collection: Collection) -> None:
    """Raises BadRequest when passwords sign nobody of `collection` in."""
    if not collection.auth.password.enabled:
        raise BadRequest("The collection is not configured to allow password authentication.")


def request_password_reset(collection: Collection, wanted: ResetRequest, info: RequestInfo) -> bool:
    """Have the mail sent beside the answer, if there is somebody who did not just get one.

    False when a hook stopped the request. Raises BadRequest for what is no address.
    """
    refuse(email=email_error(wanted.email))
    record = find_by_email(collection, wanted.email)
    has_mail = RESET_MAIL.was_just_sent(collection, record)
    if record is None or has_mail:
        return True
    event = RecordMailRequestEvent(collection=collection, info=info, record=record)

    def act() -> bool:
        RESET_MAIL.send_beside_answer(event.record)
        return True

    return bool(record_request_password_reset_request.trigger(event, act))


def confirm_password_reset(collection: Collection, given: NewPassword, info: RequestInfo) -> bool:
    """Give the record of the token its new password; False when a hook stopped the request.

    Every token of the record ends, this one too. Raises BadRequest for a token or a password that is refused.
    """
    record = _checked(collection, given)
    event = RecordMailRequestEvent(collection=collection, info=info, record=record)
    hook = record_confirm_password_reset_request
    return bool(hook.trigger(event, lambda: _reset(event.record, given)))


def _checked(collection: Collection, given: NewPassword) -> Record:
    """The record that gets the password, of which only the length is known to fit. Raises BadRequest."""
    record: Record | None = None
    token_error = None if given.token else required()
    if given.token:
        try:
            record = bearer_of(given.token, "passwordReset", collection)
        except FieldError as error:
            token_error = error
    confirm_error = None if given.password_confirm else required()
    if confirm_error is None and given.password_confirm != given.password:
        confirm_error = FieldError("validation_values_mismatch", "Values don't match.")
    field = collection.fields_by_name["password"]
    least = field.min if isinstance(field, PasswordField) and field.min > 0 else 1
    password_error = length_error(given.password, least=least)
    if record is None or password_error or confirm_error:
        raise refused(token=token_error, password=password_error, passwordConfirm=confirm_error)
    return record


def _reset(record: Record, given: NewPassword) -> bool:
    record["password"] = given.password
    if isinstance(record["password"], Password) and not record["password"].is_too_long:
        _ = record["password"].hash  # takes its time, so before the transaction opens
    email = to_string(unverified_claims(given.token).get("email"))
    if not record["verified"] and record["email"] == email:
        record["verified"] = True  # the mail has reached them
    try:
        with while_key_counts(record):
            save_requested(record, "Failed to set new password.")
    except Spent as error:
        raise used_before() from error
    RESET_MAIL.forget(record)
    return True

"""Another email address: the mail to it with a link, and the password that must come with the link.

Reference: contract/auth.md 13; apis/record_auth_email_change_*.go, PocketBase v0.39.11.
"""

from dataclasses import dataclass

from auth_app.accounts import find_by_email
from auth_app.events import (
    RecordEmailChangeEvent,
    record_confirm_email_change_request,
    record_request_email_change_request,
)
from auth_app.flows.checking import email_error, length_error, refuse, refused
from auth_app.flows.mail_tokens import bearer_of, used_before
from auth_app.mails import log_unsent, send_email_change
from auth_app.redeeming import Spent, while_key_counts
from auth_app.tokens import unverified_claims
from collections_app import passwords
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.records.writing.request_writes import save_requested
from collections_app.request_info import RequestInfo
from collections_app.system_names import SUPERUSERS
from platform_app.wire.errors import ApiError, BadRequest, FieldError, required

_MOST_PASSWORD_BYTES = 100


@dataclass(frozen=True)
class ChangeRequest:
    new_email: str


@dataclass(frozen=True)
class Change:
    token: str
    password: str


def require_changeable(collection: Collection) -> None:
    """Raises BadRequest for superusers."""
    if collection.name == SUPERUSERS:
        raise BadRequest("All superusers can change their emails directly.")


def request_email_change(record: Record, wanted: ChangeRequest, info: RequestInfo) -> bool:
    """Send the mail to the new address, and wait for that; False when a hook stopped the request.

    Raises BadRequest for an address that will not do, and when the mail does not leave.
    """
    refuse(newEmail=email_error(wanted.new_email) or _new_email_error(record, wanted.new_email))
    event = RecordEmailChangeEvent(
        collection=record.collection, info=info, record=record, new_email=wanted.new_email
    )

    def act() -> bool:
        try:
            send_email_change(event.record, event.new_email)
        except ApiError:
            raise  # a hook's own answer
        except Exception as error:
            log_unsent("email change mail", event.record, error)
            raise BadRequest("Failed to request email change.") from error
        return True

    return bool(record_request_email_change_request.trigger(event, act))


def _new_email_error(record: Record, new_email: str) -> FieldError | None:
    if new_email == record["email"]:
        return FieldError("validation_not_in_invalid", "Must not be in list.")
    other = find_by_email(record.collection, new_email)
    if other is not None and other.id != record.id:
        return FieldError("validation_invalid_new_email", "Invalid new email address.")
    return None


def confirm_email_change(collection: Collection, given: Change, info: RequestInfo) -> bool:
    """Give the record of the token its new address, verified; False when a hook stopped the request.

    Every token of the record ends, this one too. Raises BadRequest for a token or a password that is wrong.
    """
    record, new_email = _checked(collection, given)
    event = RecordEmailChangeEvent(collection=collection, info=info, record=record, new_email=new_email)
    return bool(record_confirm_email_change_request.trigger(event, lambda: _change(event)))


def _checked(collection: Collection, given: Change) -> tuple[Record, str]:
    """The record that gets the address, and the address. Raises BadRequest."""
    found: tuple[Record, str] | None = None
    token_error: FieldError | None = None
    try:
        found = _read(collection, given.token)
    except FieldError as error:
        token_error = error
    password_error = length_error(given.password, most=_MOST_PASSWORD_BYTES)
    if password_error is None and not (found and passwords.matches(given.password, found[0]["password"])):
        password_error = FieldError("validation_invalid_password", "Missing or invalid auth record password.")
    if found is None or password_error:
        raise refused(token=token_error, password=password_error)
    return found


def _read(collection: Collection, token: str) -> tuple[Record, str]:
    """What a token says. Raises FieldError."""
    if not token:
        raise required()
    new_email = unverified_claims(token).get("newEmail")
    if not isinstance(new_email, str) or not new_email:
        raise FieldError("validation_invalid_token_payload", "Invalid token payload - newEmail must be set.")
    record = bearer_of(token, "emailChange", collection)
    if find_by_email(collection, new_email) is not None:
        raise FieldError("validation_invalid_token_email", "The new email address is invalid.")
    return record, new_email


def _change(event: RecordEmailChangeEvent) -> bool:
    record = event.record
    record["email"] = event.new_email
    record["verified"] = True
    try:
        with while_key_counts(record):
            save_requested(record, "Failed to confirm email change.")
    except Spent as error:
        raise used_before() from error
    return True

"""Verification: the mail with a link, and what the link does.

Reference: contract/auth.md 11; apis/record_auth_verification_*.go, PocketBase v0.39.11.
"""

from dataclasses import dataclass

from auth_app.accounts import find_by_email, set_random_password
from auth_app.events import (
    RecordMailRequestEvent,
    record_confirm_verification_request,
    record_request_verification_request,
)
from auth_app.flows.checking import email_error, refuse, refused
from auth_app.flows.mail_tokens import bearer_of, used_before
from auth_app.flows.requested_mails import RequestedMail
from auth_app.mails import send_verification
from auth_app.redeeming import Spent, while_key_counts
from auth_app.tokens import unverified_claims
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.records.writing.request_writes import save_requested
from collections_app.request_info import RequestInfo
from collections_app.system_names import SUPERUSERS
from platform_app.wire.casting import to_string
from platform_app.wire.errors import BadRequest, FieldError, required

VERIFICATION_MAIL = RequestedMail("verification", send_verification, is_counted_when_failed=True)


@dataclass(frozen=True)
class VerificationRequest:
    email: str


@dataclass(frozen=True)
class Verification:
    token: str


def require_verifiable(collection: Collection) -> None:
    """Raises BadRequest for superusers."""
    if collection.name == SUPERUSERS:
        raise BadRequest("All superusers are verified by default.")


def request_verification(collection: Collection, wanted: VerificationRequest, info: RequestInfo) -> bool:
    """Have the mail sent beside the answer, if there is somebody to verify who did not just get one.

    False when a hook stopped the request. Raises BadRequest for what is no address.
    """
    refuse(email=email_error(wanted.email))
    record = find_by_email(collection, wanted.email)
    has_mail = VERIFICATION_MAIL.was_just_sent(collection, record)
    if record is None or (has_mail and not record["verified"]):
        return True
    event = RecordMailRequestEvent(collection=collection, info=info, record=record)

    def act() -> bool:
        if not event.record["verified"]:
            VERIFICATION_MAIL.send_beside_answer(event.record)
        return True

    return bool(record_request_verification_request.trigger(event, act))


def confirm_verification(collection: Collection, given: Verification, info: RequestInfo) -> bool:
    """Mark the record of the token as verified; False when a hook stopped the request.

    Raises BadRequest for a token that does not verify its address.
    """
    try:
        record = _checked(collection, given.token)
    except FieldError as error:
        raise refused(token=error) from error
    event = RecordMailRequestEvent(collection=collection, info=info, record=record)
    return bool(record_confirm_verification_request.trigger(event, lambda: _verify(event.record)))


def _checked(collection: Collection, token: str) -> Record:
    """The record that a token verifies. Raises FieldError."""
    if not token:
        raise required()
    email = to_string(unverified_claims(token).get("email"))
    if not email:
        raise FieldError("validation_invalid_token_claims", "Missing email token claim.")
    record = bearer_of(token, "verification", collection)
    if record["email"] != email:
        raise FieldError(
            "validation_token_email_mismatch",
            "The record email doesn't match with the requested token claims.",
        )
    return record


def _verify(record: Record) -> bool:
    if not record["verified"]:
        record["verified"] = True
        if not record.collection.auth.password.enabled:
            # Should passwords be allowed one day, nobody shall know this one who made the record before.
            set_random_password(record)
        try:
            with while_key_counts(record) as stored:
                if not stored["verified"]:
                    save_requested(record, "An error occurred while saving the verified state.")
        except Spent as error:
            raise used_before() from error
    VERIFICATION_MAIL.forget(record)
    return True

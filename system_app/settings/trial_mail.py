"""The mail that shows a superuser whether mails leave, and what a collection's templates make of a record.

Reference: contract/system.md 4.3; forms/test_email_send.go, PocketBase v0.39.11.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from auth_app import mails
from auth_app.flows.checking import email_error, length_error
from auth_app.system_collections import system_collection
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.records.record import Record
from collections_app.records.writing.submitted import new_record
from collections_app.system_names import SUPERUSERS
from platform_app.database.dates import now
from platform_app.wire.errors import FieldError, Invalid, required

_SENDERS: Mapping[str, Callable[[Record], None]] = {
    "verification": mails.send_verification,
    "password-reset": mails.send_password_reset,
    "email-change": lambda record: mails.send_email_change(record, record["email"]),
    "otp": lambda record: mails.send_otp(record, "_PB_TEST_OTP_ID_", "123456"),
    "login-alert": lambda record: mails.send_auth_alert(record, f"{now()} - TEST_IP TEST_USER_AGENT"),
}


@dataclass(frozen=True)
class TrialMail:
    """To whom, which of the templates, and of which collection; "" is that of the superusers."""

    email: str
    template: str
    collection: str


def send_trial_mail(wanted: TrialMail) -> None:
    """Send it on the calling thread, about a record that does not exist.

    Raises Invalid for what cannot be meant, and whatever keeps the mail from going out.
    """
    errors = {
        "collection": _collection_error(wanted.collection),
        "email": email_error(wanted.email),
        "template": _template_error(wanted.template),
    }
    if found := {name: error for name, error in errors.items() if error is not None}:
        raise Invalid(found)
    collection = find_collection(wanted.collection) or system_collection(SUPERUSERS)
    _SENDERS[wanted.template](made_up_record(collection, wanted.email))


def _collection_error(name_or_id: str) -> FieldError | None:
    if not name_or_id:
        return None
    if error := length_error(name_or_id):
        return error
    collection = find_collection(name_or_id)
    if collection is None or not collection.is_auth:
        return FieldError("validation_invalid_auth_collection", "Must be a valid auth collection id or name.")
    return None


def _template_error(name: str) -> FieldError | None:
    if not name:
        return required()
    return None if name in _SENDERS else FieldError("validation_in_invalid", "Must be a valid value.")


def made_up_record(collection: Collection, email: str) -> Record:
    """A record whose visible fields hold their names, as far as their types take a text."""
    record = new_record(collection)
    for field in collection.fields:
        if not field.hidden:
            record.values[field.name] = field.clean(f"__pb_test_{field.name}__")
    record.refresh_token_key()
    record.values["email"] = email
    return record

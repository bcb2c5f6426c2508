"""Superuser accounts: making, changing and deleting them, and whose a dashboard session is.

Reference: contract/auth.md 15; core/record_model_superusers.go, PocketBase v0.39.11.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.contrib.auth.backends import BaseBackend

from auth_app.accounts import find_by_email
from auth_app.models import Superuser
from auth_app.one_time_codes import code_for, new_code
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.definitions.saving import save_collection
from collections_app.fields.email_field import is_email
from collections_app.orm import collection_model
from collections_app.records.querying.finding import find_record
from collections_app.records.record import Record
from collections_app.records.writing.auth_records import INSTALLER_EMAIL
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from collections_app.system_names import SUPERUSERS
from platform_app.wire.errors import ApiError, Invalid, RequiredReference, sentences


class SuperuserError(ValueError):
    """Why an account cannot be made, changed or deleted, as a sentence for people."""


class SuperuserBackend(BaseBackend):
    """Whose session it is. It signs nobody in: that is `admin_ui.sign_in`, so that nothing goes around it."""

    def get_user(self, user_id: str) -> Superuser | None:
        return Superuser.objects.filter(pk=user_id).first()


def create_superuser(email: str, password: str) -> Record:
    """A new account; the installer's makeshift account goes. Raises SuperuserError."""
    if _find(email) is not None:
        raise SuperuserError(f"there is a superuser {email} already: `superuser update` changes the password")
    superuser = new_record(superusers_collection())
    superuser["email"] = email
    superuser["password"] = password
    with refusals():
        save_record(superuser)
    return superuser


def change_password(email: str, password: str) -> Record:
    """A new password, which signs the account out everywhere. Raises SuperuserError."""
    _check_email(email)
    superuser = _find(email)
    if superuser is None:
        raise SuperuserError(f"there is no superuser {email}: `superuser create` makes one")
    return _with_password(superuser, password)


def change_own_password(account: Record, password: str) -> Record:
    """The same for the account that has signed in to the dashboard. Raises SuperuserError."""
    record = find_record(account.collection, account.id)
    if record is None:
        raise SuperuserError("the account was deleted meanwhile")
    return _with_password(record, password)


def upsert_superuser(email: str, password: str) -> Record:
    """`change_password` if the account exists, else `create_superuser`. Raises SuperuserError."""
    exists = _find(email) is not None
    return change_password(email, password) if exists else create_superuser(email, password)


def superusers() -> list[tuple[str, str]]:
    """`(email, when it was made)` of every account, the oldest first. Raises SuperuserError."""
    model = collection_model(superusers_collection().name)
    accounts = model._default_manager.exclude(email=INSTALLER_EMAIL).order_by("created", "email")
    return list(accounts.values_list("email", "created"))


def ask_for_one_factor() -> bool:
    """Let a password alone sign superusers in again; whether that was a change. Raises SuperuserError.

    One-time codes go, too: as long as superusers may use them, they need both.
    """
    collection = superusers_collection()
    options = collection.options
    off = {name: {**options[name], "enabled": False} for name in ("mfa", "otp")}
    if all(options[name] == off[name] for name in off):
        return False
    with refusals():
        save_collection(replace(collection, options={**options, **off}), collection)
    return True


@dataclass(frozen=True)
class NewCode:
    """A one-time code that was just made, and how long it can be used."""

    otp_id: str
    password: str
    valid_seconds: int


def create_code(email: str) -> NewCode:
    """A one-time code for somebody whose mails do not arrive. Raises SuperuserError."""
    _check_email(email)
    superuser = _find(email)
    if superuser is None:
        raise SuperuserError(f"there is no superuser {email}: `superuser create` makes one")
    options = superuser.collection.auth.otp
    if not options.enabled:
        raise SuperuserError(
            "one-time codes are not enabled for superusers: turn OTP on in the options of _superusers"
        )
    password = new_code(superuser.collection)
    with refusals():
        otp = code_for(superuser.collection, superuser.id, password)
        save_record(otp)
    return NewCode(otp.id, password, options.duration_seconds)


def delete_superuser(email: str) -> bool:
    """Whether there was such an account to delete. Raises SuperuserError for the last one."""
    _check_email(email)
    superuser = _find(email)
    if superuser is None:
        return False
    with refusals():
        delete_stored_record(superuser)
    return True


def _with_password(superuser: Record, password: str) -> Record:
    superuser["password"] = password
    with refusals():
        save_record(superuser)
    return superuser


def _find(email: str) -> Record | None:
    return find_by_email(superusers_collection(), email)


def superusers_collection() -> Collection:
    """Raises SuperuserError when there is none, which is before the first migration."""
    collection = find_collection(SUPERUSERS)
    if collection is None:
        raise SuperuserError(f"the data directory has no {SUPERUSERS} collection; run the migrations first")
    return collection


def _check_email(email: str) -> None:
    if not is_email(email):
        raise SuperuserError(f"{email!r} is not an email address")


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the checks and hooks of the record say into a SuperuserError."""
    try:
        yield
    except Invalid as error:
        raise SuperuserError(" ".join(sentences(error.errors))) from error
    except RequiredReference as error:
        raise SuperuserError("another record must point at this superuser") from error
    except ApiError as error:
        raise SuperuserError(" ".join([error.message, *sentences(error.data)])) from error

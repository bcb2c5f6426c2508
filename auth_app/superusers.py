"""Superuser accounts: signing in to the dashboard, and making, changing and deleting them.

Reference: contract/auth.md 15; core/record_model_superusers.go, PocketBase v0.39.11.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from auth_app.models import Superuser
from collections_app import passwords
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.fields.email_field import is_email
from collections_app.records.querying.finding import find_first
from collections_app.records.record import Record
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from collections_app.system_names import SUPERUSERS
from platform_app.requests.client_ip import is_listed, real_ip
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import ApiError, ErrorTree, FieldError, Invalid, RequiredReference

logger = logging.getLogger(__name__)


class SuperuserError(ValueError):
    """Why an account cannot be made, changed or deleted, as a sentence for people."""


class SuperuserBackend(BaseBackend):
    """Django's sign-in by email and password, from where the superuser whitelist allows it."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Superuser | None:
        identity = username or kwargs.get(Superuser.USERNAME_FIELD)
        if not identity or not password or (request is not None and not _is_allowed(request)):
            return None
        if _collection().auth.mfa.enabled:
            # This form cannot ask for a second factor, and must not be the way around one.
            logger.warning("a dashboard sign-in was refused: superusers need a second factor")
            return None
        superuser = find_superuser(identity)
        if superuser is None:
            # As long as a wrong password takes, so that the answer does not tell which accounts exist.
            somebody = Superuser.objects.first()
            passwords.matches(password, somebody.password if somebody else "")
            return None
        return superuser if superuser.check_password(password) else None

    def get_user(self, user_id: str) -> Superuser | None:
        return Superuser.objects.filter(pk=user_id).first()


def _is_allowed(request: HttpRequest) -> bool:
    allowed = current().superuser_ips
    return not allowed or is_listed(real_ip(request), allowed)


def find_superuser(email: str) -> Superuser | None:
    """The dashboard's account with this email; case counts unless the collection's index says NOCASE."""
    record = _find(email)
    return None if record is None else Superuser.objects.filter(pk=record.id).first()


def create_superuser(email: str, password: str) -> Record:
    """A new account; the installer's makeshift account goes. Raises SuperuserError."""
    superuser = new_record(_collection())
    superuser["email"] = email
    superuser["password"] = password
    with _refusals():
        save_record(superuser)
    return superuser


def change_password(email: str, password: str) -> Record:
    """A new password, which signs the account out everywhere. Raises SuperuserError."""
    _check_email(email)
    superuser = _find(email)
    if superuser is None:
        raise SuperuserError(f"there is no superuser with email {email!r}")
    superuser["password"] = password
    with _refusals():
        save_record(superuser)
    return superuser


def upsert_superuser(email: str, password: str) -> Record:
    """`change_password` if the account exists, else `create_superuser`. Raises SuperuserError."""
    exists = _find(email) is not None
    return change_password(email, password) if exists else create_superuser(email, password)


def delete_superuser(email: str) -> bool:
    """Whether there was such an account to delete. Raises SuperuserError for the last one."""
    _check_email(email)
    superuser = _find(email)
    if superuser is None:
        return False
    with _refusals():
        delete_stored_record(superuser)
    return True


def _find(email: str) -> Record | None:
    collection = _collection()
    index = collection.unique_index_of("email")
    ignores_case = index is not None and index.columns[0].ignores_case
    return find_first(collection, "email", email, ignore_case=ignores_case)


def _collection() -> Collection:
    collection = find_collection(SUPERUSERS)
    if collection is None:
        raise SuperuserError(f"the data directory has no {SUPERUSERS} collection; run the migrations first")
    return collection


def _check_email(email: str) -> None:
    if not is_email(email):
        raise SuperuserError(f"{email!r} is not an email address")


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what the checks and hooks of the record say into a SuperuserError."""
    try:
        yield
    except Invalid as error:
        raise SuperuserError(" ".join(_sentences(error.errors))) from error
    except RequiredReference as error:
        raise SuperuserError("another record must point at this superuser") from error
    except ApiError as error:
        raise SuperuserError(" ".join([error.message, *_sentences(error.data)])) from error


def _sentences(errors: ErrorTree, path: str = "") -> Iterator[str]:
    for name, error in errors.items():
        if isinstance(error, FieldError):
            yield f"{path}{name}: {error.message}"
        else:
            yield from _sentences(error, f"{path}{name}.")

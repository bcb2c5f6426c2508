"""Superuser accounts: signing in to the dashboard, and making, changing and deleting them.

Reference: contract/auth.md 15; core/record_model_superusers.go, PocketBase v0.39.11.
"""

import logging
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import transaction
from django.http import HttpRequest

from auth_app.models import AuthOrigin, ExternalAuth, Mfa, Otp, Superuser
from collections_app import passwords
from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.dates import now
from collections_app.fields.email_field import is_email
from collections_app.request_info import SUPERUSERS
from system_app.client_ip import is_listed, real_ip
from system_app.runtime_settings import current

logger = logging.getLogger(__name__)

INSTALLER_EMAIL = "__pbinstaller@example.com"
_MAX_PASSWORD_CHARACTERS = 71
_MIN_PASSWORD_CHARACTERS = 8


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
    """The account with this email; case counts unless the collection's index says NOCASE."""
    index = _collection().unique_index_of("email")
    ignores_case = index is not None and index.columns[0].collate.lower() == "nocase"
    lookup = "email__iexact" if ignores_case else "email"
    return Superuser.objects.filter(**{lookup: email}).first()


def create_superuser(email: str, password: str) -> Superuser:
    """A new account; the installer's makeshift account goes. Raises SuperuserError."""
    _check_email(email)
    with transaction.atomic():
        if find_superuser(email) is not None:
            raise SuperuserError(f"a superuser with email {email!r} exists already")
        created = now()
        superuser = Superuser(email=email, created=created, updated=created)
        superuser.set_password(_checked_password(password))
        superuser.save(force_insert=True)
        if email != INSTALLER_EMAIL:
            Superuser.objects.filter(email=INSTALLER_EMAIL).delete()
    return superuser


def change_password(email: str, password: str) -> Superuser:
    """A new password, which signs the account out everywhere. Raises SuperuserError."""
    _check_email(email)
    with transaction.atomic():
        superuser = find_superuser(email)
        if superuser is None:
            raise SuperuserError(f"there is no superuser with email {email!r}")
        superuser.set_password(_checked_password(password))
        superuser.verified = True
        superuser.updated = now()
        superuser.save(force_update=True)
        for model in (Otp, Mfa, AuthOrigin):
            model.objects.filter(collectionRef=_collection().id, recordRef=superuser.id).delete()
    return superuser


def upsert_superuser(email: str, password: str) -> Superuser:
    """`change_password` if the account exists, else `create_superuser`. Raises SuperuserError."""
    _check_email(email)
    exists = find_superuser(email) is not None
    return change_password(email, password) if exists else create_superuser(email, password)


def delete_superuser(email: str) -> bool:
    """Whether there was such an account to delete. Raises SuperuserError for the last one."""
    _check_email(email)
    with transaction.atomic():
        superuser = find_superuser(email)
        if superuser is None:
            return False
        if Superuser.objects.count() == 1:
            raise SuperuserError("the only superuser cannot be deleted")
        for model in (Otp, Mfa, AuthOrigin, ExternalAuth):
            model.objects.filter(collectionRef=_collection().id, recordRef=superuser.id).delete()
        Superuser.objects.filter(pk=superuser.pk).delete()
    return True


def _collection() -> Collection:
    collection = find_collection(SUPERUSERS)
    if collection is None:
        raise SuperuserError(f"the data directory has no {SUPERUSERS} collection; run the migrations first")
    return collection


def _check_email(email: str) -> None:
    if not is_email(email):
        raise SuperuserError(f"{email!r} is not an email address")


def _checked_password(password: str) -> str:
    if len(password) < _MIN_PASSWORD_CHARACTERS:
        raise SuperuserError(f"the password needs at least {_MIN_PASSWORD_CHARACTERS} characters")
    if len(password) > _MAX_PASSWORD_CHARACTERS or len(password.encode()) > passwords.MAX_BYTES:
        raise SuperuserError(f"the password may have at most {_MAX_PASSWORD_CHARACTERS} characters")
    return password

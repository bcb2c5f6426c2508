"""The link by which the first superuser is made: a makeshift superuser, and a token that acts as it.

The account has a password that nobody knows, and goes with the first real one (contract/system.md 15).
Reference: apis/installer.go, PocketBase v0.39.11.
"""

from auth_app.accounts import find_by_email, set_random_password
from auth_app.models import Superuser
from auth_app.superusers import SuperuserError, refusals, superusers_collection
from auth_app.tokens import issue_auth_token
from collections_app.records.record import Record
from collections_app.records.writing.auth_records import INSTALLER_EMAIL
from collections_app.records.writing.saving import save_record
from collections_app.records.writing.submitted import new_record

TOKEN_SECONDS = 30 * 60


def installer_token() -> str | None:
    """Good for half an hour, and until there is a superuser; None when there is one.

    Raises SuperuserError when a hook does not let the account be made.
    """
    if Superuser.objects.exclude(email=INSTALLER_EMAIL).exists():
        return None
    return issue_auth_token(_installer(), duration_seconds=TOKEN_SECONDS, refreshable=False)


def _installer() -> Record:
    superusers = superusers_collection()
    found = find_by_email(superusers, INSTALLER_EMAIL)
    if found is not None:
        return found
    record = new_record(superusers)
    record["email"] = INSTALLER_EMAIL
    set_random_password(record)
    try:
        with refusals():
            save_record(record)
    except SuperuserError:
        # Another server that starts on the same data may have been first.
        found = find_by_email(superusers, INSTALLER_EMAIL)
        if found is None:
            raise
        return found
    return record

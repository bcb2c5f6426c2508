"""People and collections that the tests of signing in share."""

from typing import Any

from auth_app.passwords import hash_password
from collections_app.collection import Collection
from collections_app.records.record import Record

PASSWORD = "1234567890"
SECRET = "s" * 50
TOKEN_KEY = "k" * 50
CHEAP_HASH = hash_password(PASSWORD, cost=4)

TOKENS = {
    name: {"secret": SECRET + name, "duration": seconds}
    for name, seconds in {
        "authToken": 432000,
        "fileToken": 180,
        "verificationToken": 86400,
        "passwordResetToken": 1800,
        "emailChangeToken": 1900,
    }.items()
}


def auth_options(**changes: Any) -> dict[str, Any]:
    """The stored options of an auth collection: password sign-in, no alert."""
    return {
        "authRule": "",
        "manageRule": None,
        "passwordAuth": {"enabled": True, "identityFields": ["email"]},
        "authAlert": {"enabled": False},
        **TOKENS,
        **changes,
    }


def members(**changes: Any) -> Collection:
    """An auth collection that is in no database."""
    return Collection(id="pbc_members", name="members", type="auth", options=auth_options(**changes))


def alice(collection: Collection | None = None, **changes: Any) -> Record:
    values = {"id": "alice0000000001", "tokenKey": TOKEN_KEY, "email": "alice@example.com", **changes}
    return Record(collection or members(), values, original={})

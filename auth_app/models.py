"""`Superuser`: the account of the dashboard, on PocketBase's own table; and `Throttle`, on one of ours.

The superusers' table comes from `auth_app.system_collections` where it is missing. Accounts are written as
records (see `auth_app.superusers`), so that checks and hooks see them.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from collections_app import passwords
from collections_app.catalog import find_collection
from collections_app.system_names import SUPERUSERS
from platform_app.database.ids import new_record_id, random_text

TOKEN_KEY_LENGTH = 50


def new_token_key() -> str:
    """A fresh `tokenKey`: the record's half of the key that signs its tokens."""
    return random_text(TOKEN_KEY_LENGTH)


class SuperuserManager(BaseUserManager["Superuser"]):
    """Finds superusers by email; creating and changing them is `auth_app.superusers`' job."""

    def get_by_natural_key(self, username: str | None) -> "Superuser":
        return self.get(email=username)


class Superuser(AbstractBaseUser):
    """A row of `_superusers`: the one account that opens both the API and the dashboard.

    There is no `last_login`: the table belongs to PocketBase, signing in must not write to it.
    """

    last_login = None

    id = models.TextField(primary_key=True, default=new_record_id)
    email = models.TextField(unique=True)
    password = models.TextField()
    tokenKey = models.TextField(default=new_token_key)
    emailVisibility = models.BooleanField(default=False)
    verified = models.BooleanField(default=True)
    created = models.TextField(default="")
    updated = models.TextField(default="")

    objects: ClassVar[SuperuserManager] = SuperuserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    is_active = True
    is_staff = True
    is_superuser = True

    class Meta:
        managed = False
        db_table = "_superusers"

    def __str__(self) -> str:
        return self.email

    def check_password(self, raw_password: str | None) -> bool:
        return passwords.matches(raw_password or "", self.password)

    def set_password(self, raw_password: str | None) -> None:
        """Store the hash and rotate `tokenKey`, which ends every session and token of the account."""
        self.password = passwords.hash_password(raw_password or "")
        self.tokenKey = new_token_key()

    def get_session_auth_hash(self) -> str:
        return self._session_hash()

    def get_session_auth_fallback_hash(self) -> Any:
        # SECRET_KEY_FALLBACKS keeps dashboard sessions alive while the secret is being rotated.
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_hash(secret)

    def _session_hash(self, secret: str | bytes | None = None) -> str:
        """Made of what signs the account's API tokens, so that sessions end together with them."""
        collection = find_collection(SUPERUSERS)
        token_secret = collection.auth.auth_token.secret if collection else ""
        return salted_hmac(
            "auth_app.Superuser", self.tokenKey + token_secret, secret=secret, algorithm="sha256"
        ).hexdigest()

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return True

    def has_perms(self, perm_list: Any, obj: object = None) -> bool:
        return True

    def has_module_perms(self, app_label: str) -> bool:
        return True

    def get_all_permissions(self, obj: object = None) -> set[str]:
        return set()


class Throttle(models.Model):
    """How often something happened since its window began; see `auth_app.throttles`.

    `ends_at` is in seconds since 1970.
    """

    key = models.TextField(primary_key=True)
    ends_at = models.FloatField(db_index=True)
    taken = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key

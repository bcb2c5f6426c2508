"""mailcow, whose user names are addresses; it runs on one's own servers, so its URLs must be configured.

Reference: tools/auth/mailcow.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class MailcowProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        user.username, _, _ = user.username.partition("@")
        return user


register_provider(
    MailcowProvider(
        "mailcow",
        "mailcow",
        28,
        ("profile",),
        tint="#7a6100",
        user=UserFields(name="full_name", username="username", email="email", must_be=("active", 1)),
    )
)

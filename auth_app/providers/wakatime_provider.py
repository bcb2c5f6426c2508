"""WakaTime, where pictures may be private.

Reference: tools/auth/wakatime.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class WakaTimeProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        if not facts.truth(raw, "data.photo_public"):
            user.avatar_url = ""
        return user


register_provider(
    WakaTimeProvider(
        "wakatime",
        "WakaTime",
        26,
        ("email",),
        "https://wakatime.com/oauth/authorize",
        "https://wakatime.com/oauth/token",
        "https://wakatime.com/api/v1/users/current",
        tint="#22303c",
        user=UserFields(
            id="data.id",
            name="data.display_name",
            username="data.username",
            email="data.email",
            email_verified="data.is_email_confirmed",
            avatar_url="data.photo",
        ),
    )
)

"""Twitch, which describes a list of users to a client that it knows.

Reference: tools/auth/twitch.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping
from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User, UserRefused


class TwitchProvider(Provider):
    def user_info_headers(self, grant: Grant) -> Mapping[str, str]:
        return {"Client-Id": grant.options.client_id}

    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        if not facts.items(raw, "data"):
            raise UserRefused("nobody is described")
        return super().read_user(raw, grant)


register_provider(
    TwitchProvider(
        "twitch",
        "Twitch",
        23,
        ("user:read:email",),
        "https://id.twitch.tv/oauth2/authorize",
        "https://id.twitch.tv/oauth2/token",
        "https://api.twitch.tv/helix/users",
        tint="#772ce8",
        user=UserFields(
            id="data.0.id",
            name="data.0.display_name",
            username="data.0.login",
            email="data.0.email",
            avatar_url="data.0.profile_image_url",
        ),
    )
)

"""Trakt, which wants to know the client and a version.

Reference: tools/auth/trakt.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping

from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider


class TraktProvider(Provider):
    def user_info_headers(self, grant: Grant) -> Mapping[str, str]:
        return {
            "Content-Type": "application/json",
            "trakt-api-key": grant.options.client_id,
            "trakt-api-version": "2",
        }


register_provider(
    TraktProvider(
        "trakt",
        "Trakt",
        22,
        (),
        "https://trakt.tv/oauth/authorize",
        "https://api.trakt.tv/oauth/token",
        "https://api.trakt.tv/users/settings",
        tint="#b3151a",
        user=UserFields(
            id="user.ids.uuid",
            name="user.name",
            username="user.username",
            avatar_url="user.images.avatar.full",
        ),
    )
)

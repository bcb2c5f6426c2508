"""Strava, which tells first and last name.

Reference: tools/auth/strava.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class StravaProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        # With the blank even when there is no name, as in the reference.
        user.name = f"{facts.text(raw, 'firstname')} {facts.text(raw, 'lastname')}"
        return user


register_provider(
    StravaProvider(
        "strava",
        "Strava",
        25,
        ("profile:read_all",),
        "https://www.strava.com/oauth/authorize",
        "https://www.strava.com/api/v3/oauth/token",
        "https://www.strava.com/api/v3/athlete",
        tint="#c93f02",
        user=UserFields(username="username", avatar_url="profile", has_number_id=True),
    )
)

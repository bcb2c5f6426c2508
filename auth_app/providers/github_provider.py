"""GitHub, whose verified addresses are at an endpoint of their own.

The address in the description may be unverified on an enterprise server.
Reference: tools/auth/github.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers.emails import primary_email
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class GitHubProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        user.email = primary_email(grant, f"{self.user_info_url}/emails")
        return user


register_provider(
    GitHubProvider(
        "github",
        "GitHub",
        7,
        ("read:user", "user:email"),
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
        "https://api.github.com/user",
        tint="#24292f",
        user=UserFields(name="name", username="login", avatar_url="avatar_url", has_number_id=True),
    )
)

"""Gitea and Forgejo, whose verified addresses are at an endpoint of their own.

Reference: tools/auth/gitea.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers.emails import primary_email
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class GiteaProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        user.email = primary_email(grant, f"{self.user_info_url}/emails")
        return user


register_provider(
    GiteaProvider(
        "gitea",
        "Gitea/Forgejo",
        11,
        ("read:user", "user:email"),
        "https://gitea.com/login/oauth/authorize",
        "https://gitea.com/login/oauth/access_token",
        "https://gitea.com/api/v1/user",
        tint="#4c7a1e",
        user=UserFields(
            name="full_name",
            username="login",
            avatar_url="avatar_url",
            has_number_id=True,
            must_be=("active", True),
        ),
    )
)

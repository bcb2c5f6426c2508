"""Bitbucket, whose confirmed addresses are at an endpoint of their own.

Reference: tools/auth/bitbucket.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant, json_of
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class BitbucketProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        url = f"{self.user_info_url}/emails"
        answer = grant.ask(url)
        # Whoever did not allow to see the addresses signs in without.
        if answer.status < 400:
            for item in facts.items(json_of(answer, url), "values"):
                if facts.truth(item, "is_primary") and facts.truth(item, "is_confirmed"):
                    user.email = facts.text(item, "email")
                    break
        return user


register_provider(
    BitbucketProvider(
        "bitbucket",
        "Bitbucket",
        9,
        ("account",),
        "https://bitbucket.org/site/oauth2/authorize",
        "https://bitbucket.org/site/oauth2/access_token",
        "https://api.bitbucket.org/2.0/user",
        has_pkce=False,
        tint="#1558bc",
        user=UserFields(
            id="uuid",
            name="display_name",
            username="username",
            avatar_url="links.avatar.href",
            must_be=("account_status", "active"),
        ),
    )
)

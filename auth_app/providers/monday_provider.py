"""monday.com, which is asked in GraphQL.

Reference: tools/auth/monday.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider


class MondayProvider(Provider):
    def fetch_description(self, grant: Grant) -> Any:
        query = "query { me { id enabled name email is_verified photo_small }}"
        return grant.post_json(self.user_info_url, {"query": query})


register_provider(
    MondayProvider(
        "monday",
        "monday.com",
        18,
        ("me:read",),
        "https://auth.monday.com/oauth2/authorize",
        "https://auth.monday.com/oauth2/token",
        "https://api.monday.com/v2",
        tint="#c8285c",
        user=UserFields(
            id="data.me.id",
            name="data.me.name",
            email="data.me.email",
            email_verified="data.me.is_verified",
            avatar_url="data.me.photo_small",
            must_be=("data.me.enabled", True),
        ),
    )
)

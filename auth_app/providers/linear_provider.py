"""Linear, which is asked in GraphQL.

Reference: tools/auth/linear.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider


class LinearProvider(Provider):
    def fetch_description(self, grant: Grant) -> Any:
        query = "query Me { viewer { id displayName name email avatarUrl active } }"
        return grant.post_json(self.user_info_url, {"query": query})


register_provider(
    LinearProvider(
        "linear",
        "Linear",
        16,
        ("read",),
        "https://linear.app/oauth/authorize",
        "https://api.linear.app/oauth/token",
        "https://api.linear.app/graphql",
        has_pkce=False,
        tint="#4a55b5",
        user=UserFields(
            id="data.viewer.id",
            name="data.viewer.name",
            username="data.viewer.displayName",
            email="data.viewer.email",
            avatar_url="data.viewer.avatarUrl",
            must_be=("data.viewer.active", True),
        ),
    )
)

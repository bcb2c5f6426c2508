"""Notion, which describes the integration and its owner in it, to those who name a version.

Reference: tools/auth/notion.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping

from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider


class NotionProvider(Provider):
    def user_info_headers(self, grant: Grant) -> Mapping[str, str]:
        return {"Notion-Version": "2022-06-28"}


register_provider(
    NotionProvider(
        "notion",
        "Notion",
        17,
        (),
        "https://api.notion.com/v1/oauth/authorize",
        "https://api.notion.com/v1/oauth/token",
        "https://api.notion.com/v1/users/me",
        tint="#2f3437",
        user=UserFields(
            id="bot.owner.user.id",
            name="bot.owner.user.name",
            email="bot.owner.user.person.email",
            avatar_url="bot.owner.user.avatar_url",
        ),
    )
)

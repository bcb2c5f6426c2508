"""Instagram, registered as `instagram2`; which permissions were granted it says beside the token.

Reference: tools/auth/instagram.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class InstagramProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        permissions = grant.members.get("permissions")
        user.raw = raw if permissions is None else {"permissions": permissions, **raw}
        return user


register_provider(
    InstagramProvider(
        "instagram2",
        "Instagram",
        6,
        ("instagram_business_basic",),
        "https://www.instagram.com/oauth/authorize",
        "https://api.instagram.com/oauth/access_token",
        "https://graph.instagram.com/me?fields=id,username,account_type,user_id,name,"
        "profile_picture_url,followers_count,follows_count,media_count",
        tint="#c2317c",
        user=UserFields(id="user_id", name="name", username="username", avatar_url="profile_picture_url"),
    )
)

"""VK, which describes a list of users, and tells the address beside the token.

Reference: tools/auth/vk.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User, UserRefused


class VkProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        if not facts.items(raw, "response"):
            raise UserRefused("nobody is described")
        user = super().read_user(raw, grant)
        names = (facts.text(raw, f"response.0.{name}") for name in ("first_name", "last_name"))
        user.name = " ".join(names).strip()
        user.email = facts.text(grant.members, "email")
        return user


register_provider(
    VkProvider(
        "vk",
        "ВКонтакте",
        15,
        ("email",),
        "https://oauth.vk.com/authorize",
        "https://oauth.vk.com/access_token",
        "https://api.vk.com/method/users.get?fields=photo_max,screen_name&v=5.131",
        has_pkce=False,
        tint="#2a5f99",
        user=UserFields(
            id="response.0.id",
            username="response.0.screen_name",
            avatar_url="response.0.photo_max",
            has_number_id=True,
        ),
    )
)

"""Discord, which tells the hash of a picture, and a number beside old user names.

Reference: tools/auth/discord.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class DiscordProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        if picture := facts.text(raw, "avatar"):
            user.avatar_url = f"https://cdn.discordapp.com/avatars/{user.id}/{picture}.png"
        discriminator = facts.text(raw, "discriminator")
        if not user.name:
            is_old = discriminator not in ("", "0")
            user.name = f"{user.username}#{discriminator}" if is_old else user.username
        return user


register_provider(
    DiscordProvider(
        "discord",
        "Discord",
        12,
        ("identify", "email"),
        "https://discord.com/api/oauth2/authorize",
        "https://discord.com/api/oauth2/token",
        "https://discord.com/api/users/@me",
        tint="#4752c4",
        user=UserFields(name="global_name", username="username", email="email", email_verified="verified"),
    )
)

"""Yandex, which tells the id of a picture.

Reference: tools/auth/yandex.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class YandexProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        picture = facts.text(raw, "default_avatar_id")
        if not facts.truth(raw, "is_avatar_empty"):
            user.avatar_url = f"https://avatars.yandex.net/get-yapic/{picture}/islands-200"
        return user


register_provider(
    YandexProvider(
        "yandex",
        "Yandex",
        4,
        ("login:email", "login:avatar", "login:info"),
        "https://oauth.yandex.com/authorize",
        "https://oauth.yandex.com/token",
        "https://login.yandex.ru/info",
        tint="#d5210f",
        user=UserFields(name="real_name", username="login", email="default_email"),
    )
)

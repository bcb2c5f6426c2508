"""Kakao, whose addresses may be verified and belong to somebody else by now.

Reference: tools/auth/kakao.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User


class KakaoProvider(Provider):
    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        if not facts.truth(raw, "kakao_account.is_email_valid"):
            user.email = ""
        return user


register_provider(
    KakaoProvider(
        "kakao",
        "Kakao",
        14,
        ("account_email", "profile_nickname", "profile_image"),
        "https://kauth.kakao.com/oauth/authorize",
        "https://kauth.kakao.com/oauth/token",
        "https://kapi.kakao.com/v2/user/me",
        tint="#8a6d00",
        user=UserFields(
            username="properties.nickname",
            email="kakao_account.email",
            email_verified="kakao_account.is_email_verified",
            avatar_url="properties.profile_image",
            has_number_id=True,
        ),
    )
)

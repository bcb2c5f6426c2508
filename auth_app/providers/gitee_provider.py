"""Gitee, whose confirmed addresses are at an endpoint of their own, unless the profile shows one.

Reference: tools/auth/gitee.go, PocketBase v0.39.11.
"""

from typing import Any, ClassVar

from auth_app.providers import facts
from auth_app.providers.emails import WITHOUT_PERMISSION
from auth_app.providers.grant import Grant, parsed
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User, UserRefused
from collections_app.fields.email_field import is_email


class GiteeProvider(Provider):
    emails_url: ClassVar[str] = "https://gitee.com/api/v5/emails"

    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        if not is_email(user.email):
            user.email = self._confirmed_email(grant)
        return user

    def _confirmed_email(self, grant: Grant) -> str:
        answer = grant.ask(self.emails_url)
        if answer.status in WITHOUT_PERMISSION:
            return ""
        try:
            for item in facts.items(parsed(answer.body, self.emails_url)):
                address = facts.text(item, "email")
                is_confirmed = facts.text(item, "state") == "confirmed"
                if is_confirmed and "primary" in facts.items(item, "scope") and is_email(address):
                    return address
        except UserRefused:
            pass  # Whoever keeps the address private has an object there, and no list.
        return ""


register_provider(
    GiteeProvider(
        "gitee",
        "Gitee",
        10,
        ("user_info", "emails"),
        "https://gitee.com/oauth/authorize",
        "https://gitee.com/oauth/token",
        "https://gitee.com/api/v5/user",
        tint="#b01c22",
        user=UserFields(
            name="name", username="login", email="email", avatar_url="avatar_url", has_number_id=True
        ),
    )
)

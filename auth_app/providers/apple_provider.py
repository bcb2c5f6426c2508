"""Apple, which has no userinfo endpoint: its id_token says it all, but for the name.

Apple tells the name once, to the redirect URL, so the sign-in flow brings it.
Reference: tools/auth/apple.go, PocketBase v0.39.11.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.id_tokens import checked_claims, require_signature
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User
from platform_app.wire.casting import to_bool


class AppleProvider(Provider):
    jwks_url: ClassVar[str] = "https://appleid.apple.com/auth/keys"
    issuer: ClassVar[str] = "https://appleid.apple.com"

    def authorize_parameters(self) -> Mapping[str, str]:
        # Apple hands out name and email only to those who take the answer as a form.
        return {"response_mode": "form_post"}

    def fetch_description(self, grant: Grant) -> Any:
        token = facts.text(grant.members, "id_token")
        claims = checked_claims(
            token, audience=grant.options.client_id, issuers=(self.issuer,), must_expire=True
        )
        require_signature(token, self.jwks_url, grant)
        return claims

    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        # Written as a text at times.
        if not to_bool(facts.find(raw, "email_verified")):
            user.email = ""
        return user


register_provider(
    AppleProvider(
        "apple",
        "Apple",
        1,
        ("name", "email"),
        "https://appleid.apple.com/auth/authorize",
        "https://appleid.apple.com/auth/token",
        tint="#1d1d1f",
        user=UserFields(id="sub", name="name", email="email"),
    )
)

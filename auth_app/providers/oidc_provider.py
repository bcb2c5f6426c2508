"""OpenID Connect, for any provider that speaks it, up to three of them for a collection.

With a userinfo URL that endpoint tells who somebody is. Without one the id_token does, which must be meant
for us; `extra.issuers` and `extra.jwksURL` make more of it certain.
Reference: tools/auth/oidc.go, PocketBase v0.39.11.
"""

from typing import Any

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.id_tokens import checked_claims, require_signature
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User
from platform_app.wire.casting import to_bool, to_string


class OidcProvider(Provider):
    def fetch_description(self, grant: Grant) -> Any:
        if self.user_info_url:
            return super().fetch_description(grant)
        token = facts.text(grant.members, "id_token")
        extra = grant.options.extra
        claims = checked_claims(token, audience=grant.options.client_id, issuers=_texts(extra.get("issuers")))
        if jwks_url := to_string(extra.get("jwksURL")):
            require_signature(token, jwks_url, grant)
        return claims

    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        # Some write it as a text or as a number.
        if not to_bool(facts.find(raw, "email_verified")):
            user.email = ""
        return user


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts, or one text with several words in it."""
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(map(to_string, value)) if isinstance(value, list | tuple) else ()


for name in ("oidc", "oidc2", "oidc3"):
    register_provider(
        OidcProvider(
            name,
            "OIDC",
            99,
            ("openid", "email", "profile"),
            user=UserFields(
                id="sub", name="name", username="preferred_username", email="email", avatar_url="picture"
            ),
        )
    )

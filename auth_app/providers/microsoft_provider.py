"""Microsoft, whose address of a user is worth what the tenant's administrator says.

`extra.idTokenEmailClaim` names what to believe instead; it takes an id_token, and so a scope more.
Reference: tools/auth/microsoft.go, PocketBase v0.39.11.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Self

from auth_app.providers import facts
from auth_app.providers.grant import Grant
from auth_app.providers.id_tokens import checked_claims
from auth_app.providers.provider import Provider, UserFields
from auth_app.providers.registry import register_provider
from auth_app.providers.user import OAuth2User, UserRefused
from collections_app.auth_options import OAuth2ProviderOptions
from platform_app.wire.casting import to_bool, to_string

_EMAIL_CLAIM = "idTokenEmailClaim"

Claims = Mapping[str, Any]


def _claims(grant: Grant) -> Claims:
    """The id_token's claims; none when it is missing, malformed or out of its time."""
    try:
        return checked_claims(facts.text(grant.members, "id_token"))
    except UserRefused:
        return {}


def _text(claims: Claims, name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _primary(claims: Claims) -> str:
    return _text(claims, "verified_primary_email")


def _owned_domain(claims: Claims) -> str:
    """The address if its domain's owner has been verified (xms_edov)."""
    return _text(claims, "email") if to_bool(claims.get("xms_edov")) else ""


_EMAILS: Mapping[str, Callable[[Claims], str]] = {
    "verified_primary_email": _primary,
    "email_and_xms_edov": _owned_domain,
    "any_verified": lambda claims: _primary(claims) or _owned_domain(claims),
    "email": lambda claims: _text(claims, "email"),
}


class MicrosoftProvider(Provider):
    def configured(self, options: OAuth2ProviderOptions) -> Self:
        provider = super().configured(options)
        if not to_string(options.extra.get(_EMAIL_CLAIM)) or "openid" in provider.scopes:
            return provider
        return replace(provider, scopes=(*provider.scopes, "openid"))

    def read_user(self, raw: Any, grant: Grant) -> OAuth2User:
        user = super().read_user(raw, grant)
        way = grant.options.extra.get(_EMAIL_CLAIM)
        if isinstance(way, str) and way in _EMAILS:
            user.email = _EMAILS[way](_claims(grant))
        return user


register_provider(
    MicrosoftProvider(
        "microsoft",
        "Microsoft",
        3,
        ("User.Read",),
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://graph.microsoft.com/v1.0/me",
        tint="#0067b8",
        user=UserFields(name="displayName", email="mail"),
    )
)

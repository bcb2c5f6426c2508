"""The ways to sign in that a collection offers.

Reference: contract/auth.md 4; apis/record_auth_methods.go, PocketBase v0.39.11.
"""

import logging
from typing import Any

from auth_app.providers.authorize import begin_authorization
from auth_app.providers.registry import configured_provider
from collections_app.auth_options import OAuth2ProviderOptions
from collections_app.collection import Collection

logger = logging.getLogger(__name__)


def auth_methods(collection: Collection) -> dict[str, Any]:
    """The answer of `GET auth-methods`; the last three keys are for clients older than 0.23."""
    options = collection.auth
    fields = list(options.password.identity_fields) if options.password.enabled else []
    providers = []
    if options.oauth2.enabled:
        providers = [item for item in map(_provider, options.oauth2.providers) if item is not None]
    return {
        "password": {"identityFields": fields, "enabled": options.password.enabled},
        "oauth2": {"providers": providers, "enabled": options.oauth2.enabled},
        "mfa": _timed(options.mfa.enabled, options.mfa.duration_seconds),
        "otp": _timed(options.otp.enabled, options.otp.duration_seconds),
        "authProviders": [{**item, "logo": ""} for item in providers] if options.oauth2.enabled else None,
        "usernamePassword": "username" in fields,
        "emailPassword": "email" in fields,
    }


def _timed(enabled: bool, duration_seconds: int) -> dict[str, Any]:
    return {"enabled": enabled, "duration": duration_seconds if enabled else 0}


def _provider(options: OAuth2ProviderOptions) -> dict[str, Any] | None:
    provider = configured_provider(options)
    if provider is None:
        logger.debug("the OAuth2 provider %r is unknown and left out", options.name)
        return None
    authorization = begin_authorization(provider, options.client_id)
    return {
        "name": provider.name,
        "displayName": provider.display_name,
        "logo": provider.logo,
        "state": authorization.state,
        "authURL": authorization.url,
        "authUrl": authorization.url,
        "codeVerifier": authorization.code_verifier,
        "codeChallenge": authorization.code_challenge,
        "codeChallengeMethod": authorization.code_challenge_method,
    }

"""The exchange with a provider: who is asked what, what counts as an answer, and when it ends."""

import pytest

from auth_app.providers.exchange import fetch_user
from auth_app.providers.registry import configured_provider
from auth_app.providers.user import TokenRefused
from collections_app.auth_options import OAuth2ProviderOptions
from tests.auth_app.identity_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URL, IdentityProvider

VERIFIER = "v" * 43


@pytest.fixture
def provider():
    with IdentityProvider() as provider:
        yield provider


def options_of(provider, name="oidc", **changes):
    return OAuth2ProviderOptions.from_json(
        {
            "name": name,
            "clientId": CLIENT_ID,
            "clientSecret": CLIENT_SECRET,
            "tokenURL": provider.url("/token"),
            "userInfoURL": provider.url("/user"),
            **changes,
        }
    )


def signed_in(provider, options, *, code=None, verifier=VERIFIER, redirect_url=REDIRECT_URL):
    known = configured_provider(options)
    code = code or provider.authorize(VERIFIER if known.has_pkce else "", redirect_url)
    return fetch_user(known, options, code=code, code_verifier=verifier, redirect_url=redirect_url)


def test_user_comes_with_tokens(provider):
    provider.describe("/user", {"sub": "1", "name": "Ann", "email": "a@x.com", "email_verified": True})
    user = signed_in(provider, options_of(provider))
    assert (user.id, user.name, user.email) == ("1", "Ann", "a@x.com")
    assert (user.access_token, user.refresh_token) == ("access-token", "refresh-token")
    assert user.raw == {"sub": "1", "name": "Ann", "email": "a@x.com", "email_verified": True}


def test_wrong_verifier_is_refused(provider):
    with pytest.raises(TokenRefused, match="invalid_grant"):
        signed_in(provider, options_of(provider), verifier="w" * 43)

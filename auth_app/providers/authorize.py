"""The first step of an OAuth2 sign-in: the URL of a provider's consent page.

Reference: contract/auth.md 4; apis/record_auth_methods.go, PocketBase v0.39.11.
"""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from auth_app.providers.provider import Provider
from platform_app.database.ids import random_text

_STATE_LENGTH = 30
_VERIFIER_LENGTH = 43


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where to send somebody, and what the client must keep to finish; texts are "" without PKCE.

    `url` ends in `&redirect_uri=`, for the client to append its own.
    """

    url: str
    state: str
    code_verifier: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""


def begin_authorization(provider: Provider, client_id: str) -> Authorization:
    """A fresh state, and a PKCE pair if the provider takes one; nothing is kept here."""
    state = random_text(_STATE_LENGTH)
    query = {"client_id": client_id, "response_type": "code", "state": state}
    if provider.scopes:
        query["scope"] = " ".join(provider.scopes)
    query |= provider.authorize_parameters()
    verifier = challenge = method = ""
    if provider.has_pkce:
        verifier = random_text(_VERIFIER_LENGTH)
        challenge, method = s256_challenge(verifier), "S256"
        query |= {"code_challenge": challenge, "code_challenge_method": method}
    separator = "&" if "?" in provider.auth_url else "?"
    url = f"{provider.auth_url}{separator}{urlencode(sorted(query.items()))}&redirect_uri="
    return Authorization(url, state, verifier, challenge, method)


def s256_challenge(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636, 4.2).

    >>> s256_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")

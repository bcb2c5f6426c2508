"""Whom an OAuth2 provider says somebody is, and what went wrong when it does not.

Reference: contract/auth.md 10.1 (the `meta` of the answer) and 10.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class ProviderError(Exception):
    """A provider that refuses, does not answer in time, or answers what nobody can use; for the logs."""


class TokenRefused(ProviderError):
    """The code could not be exchanged for an access token."""


class UserRefused(ProviderError):
    """There is an access token, but no usable description of whose it is."""


@dataclass
class OAuth2User:
    """Somebody as the provider describes them; what it does not tell is "".

    `email` is set only where the provider guarantees that it is verified. `raw` is its whole description.
    `expiry` is when the access token ends, in the format of `platform_app.database.dates`, or "".
    Mutable: receivers of `record_auth_with_oauth2_request` may change it.
    """

    id: str
    name: str = ""
    username: str = ""
    email: str = ""
    avatar_url: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)
    access_token: str = ""
    refresh_token: str = ""
    expiry: str = ""

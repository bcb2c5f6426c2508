"""What the tests share in which somebody signs in with an account elsewhere."""

from typing import Any

from collections_app.catalog import find_collection
from tests.auth_app.accounts import plant, post, rows_of
from tests.auth_app.identity_provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URL, IdentityProvider

VERIFIER = "v" * 43
PATH = "members/auth-with-oauth2"


def oauth2(provider: IdentityProvider, *names: str, **mapped: str) -> dict[str, Any]:
    """The option of a collection whose people come from `provider`, which goes by these names."""
    return {
        "enabled": True,
        "mappedFields": {"id": "", "name": "", "username": "", "avatarURL": "", **mapped},
        "providers": [
            {
                "name": name,
                "clientId": CLIENT_ID,
                "clientSecret": CLIENT_SECRET,
                "tokenURL": provider.url("/token"),
                "userInfoURL": provider.url("/user"),
            }
            for name in names or ("oidc",)
        ],
    }


def verified(email: str, sub: str = "1", **others: Any) -> dict[str, Any]:
    """A description of somebody whose address the provider vouches for."""
    return {"sub": sub, "email": email, "email_verified": True, **others}


def sign_in(client, provider, user, *, name="oidc", path=PATH, as_record=None, headers=None, **body):
    """The answer to somebody who comes back from the provider, which describes them as `user`."""
    provider.describe("/user", user)
    body = {
        "provider": name,
        "code": provider.authorize(VERIFIER),
        "codeVerifier": VERIFIER,
        "redirectURL": REDIRECT_URL,
        **body,
    }
    return post(client, path, body, as_record=as_record, **(headers or {}))


def link(collection, record_id: str, provider_id: str = "1", provider: str = "oidc") -> Any:
    return plant(
        "_externalAuths",
        collectionRef=collection.id,
        recordRef=record_id,
        provider=provider,
        providerId=provider_id,
    )


def links() -> set[tuple[str, str, str]]:
    """The linked accounts of members, as (record, provider, id there)."""
    members = find_collection("members")
    assert members is not None
    rows = rows_of("_externalAuths").filter(collectionRef=members.id)
    return set(rows.values_list("recordRef", "provider", "providerId"))

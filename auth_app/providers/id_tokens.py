"""id_tokens: JWTs in which a provider says who somebody is, for whom that is meant, and until when.

They come from the token endpoint itself, so the line vouches for them; their signature is a second proof.
Reference: tools/auth/oidc.go, apple.go and internal/jwk/jwk.go, PocketBase v0.39.11; golang-jwt 5.3.
"""

import binascii
import time
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings

from auth_app.providers import facts
from auth_app.providers.grant import Grant, json_of
from auth_app.providers.user import UserRefused
from platform_app.wire.json_decoding import decode_json

# By the type of their key; ours to choose, since "none" and HS256 with a public key for a secret exist.
_ALGORITHMS = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "OKP": frozenset({"EdDSA"}),
}
_KEY_MEMBERS = ("kty", "alg", "n", "e", "crv", "x")
_LONGEST_KEY_MEMBER = 2800  # of a key of 16,384 bits, the largest that OpenSSL takes
_TO_STANDARD_BASE64 = str.maketrans("-_+/", "+/  ")


def checked_claims(
    token: str, *, audience: str | None = None, issuers: Collection[str] = (), must_expire: bool = False
) -> Mapping[str, Any]:
    """The claims of a token that is valid now, for `audience` and by one of `issuers`, where those are given.

    Says nothing about the signature. Raises UserRefused.
    """
    _, claims, _ = _parts(token)
    _require_time(claims, must_expire=must_expire)
    meant_for = claims.get("aud")
    if audience is not None and audience not in (meant_for if isinstance(meant_for, list) else [meant_for]):
        raise UserRefused("the id_token is meant for somebody else")
    if issuers and claims.get("iss") not in issuers:
        raise UserRefused(f"the id_token is by {claims.get('iss')!r}")
    return claims


def require_signature(token: str, jwks_url: str, grant: Grant) -> None:
    """Raises UserRefused unless one of the keys at `jwks_url`, which the token names, has signed it."""
    header, _, signature = _parts(token)
    key_id = facts.text(header, "kid")
    if not key_id:
        raise UserRefused("the id_token names no key")
    found = json_of(grant.ask_without_token(jwks_url), jwks_url)
    for key in facts.items(found, "keys"):
        if facts.text(key, "kid") == key_id and (algorithm := facts.text(key, "alg")):
            break
    else:
        raise UserRefused(f"{jwks_url} has no key {key_id!r} with an algorithm")
    if algorithm not in _ALGORITHMS.get(facts.text(key, "kty"), ()) or header.get("alg") != algorithm:
        raise UserRefused(f"the id_token or its key {key_id!r} has an algorithm that does not fit")
    signed, _, _ = token.rpartition(".")
    if not _is_signed_with(key, signed.encode(), signature):
        raise UserRefused("the id_token has a wrong signature")


def _is_signed_with(key: Mapping[str, Any], signed: bytes, signature: bytes) -> bool:
    # PyJWT's import takes a while, so only those who need it pay for it.
    import jwt

    public = {name: value for name in _KEY_MEMBERS if (value := facts.text(key, name))}
    if max(map(len, public.values())) > _LONGEST_KEY_MEMBER or public.get("crv", "Ed25519") != "Ed25519":
        raise UserRefused("the key is neither RSA nor Ed25519, or too large")
    try:
        known = jwt.PyJWK(public)
        return bool(known.Algorithm.verify(signed, known.key, signature))
    except (jwt.PyJWTError, ValueError) as error:
        raise UserRefused("the key is malformed") from error


def _require_time(claims: Mapping[str, Any], *, must_expire: bool) -> None:
    expires, not_before, issued = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
    now, leeway = time.time(), settings.JOEY_ID_TOKEN_LEEWAY
    if expires is None and must_expire:
        raise UserRefused("the id_token never expires")
    if expires is not None and now >= expires + leeway:
        raise UserRefused("the id_token has expired")
    if max(not_before or 0, issued or 0) > now + leeway:
        raise UserRefused("the id_token is not valid yet")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """Seconds since 1970; None for a moment that is not told, as which 0 counts too."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserRefused(f"the id_token's {name} is no moment")
    return value or None


def _parts(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any], bytes]:
    """Header, claims and signature. Raises UserRefused for what is no JWT."""
    segments = token.split(".", 3)
    if len(segments) != 3:
        raise UserRefused("there is no id_token" if not token else "the id_token is no JWT")
    try:
        header, claims, signature = map(_from_base64url, segments)
        decoded = [decode_json(one, whole=True, keeps_integers=True) for one in (header, claims)]
    except ValueError as error:  # of base64, ASCII or JSON
        raise UserRefused("the id_token is no JWT") from error
    if not all(isinstance(one, dict) for one in decoded):
        raise UserRefused("the id_token is no JWT")
    return decoded[0], decoded[1], signature


def _from_base64url(text: str) -> bytes:
    """Bytes from base64 of the URL's alphabet without padding. Raises ValueError for anything else."""
    standard = text.translate(_TO_STANDARD_BASE64) + "=" * (-len(text) % 4)
    return binascii.a2b_base64(standard, strict_mode=True)

"""JSON Web Tokens with a shared secret (HS256): made, read, and checked as PocketBase checks them.

Reference: tools/security/jwt.go, PocketBase v0.39.11; golang-jwt 5.3.
"""

import json
import math
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from platform_app.wire.json_decoding import without_lone_surrogates

if TYPE_CHECKING:
    from jwt import PyJWS

ALGORITHM = "HS256"
# Ours have some 300; what a client sends is read before anybody knows that it was signed.
_LONGEST_TOKEN = 16_384
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_TIMES = frozenset({"exp", "nbf", "iat"})
_END_OF_TIME = 2**63 - 62_135_596_800  # of Go's clock, in seconds since 1970; it counts from the year 1


class InvalidToken(ValueError):
    """No token, one that is over or not yet valid, or one that somebody else signed."""


def create_jwt(claims: Mapping[str, Any], key: str, *, seconds: int) -> str:
    """A token that is valid for so long, unless the claims have an `exp` of their own.

    Raises ValueError for an empty key, with which anybody could sign.
    """
    if not key:
        raise ValueError("a token cannot be signed with an empty key")
    return encode_claims({"exp": int(time.time()) + seconds, **claims}, key.encode())


def parse_jwt(text: str, key: str) -> Mapping[str, Any]:
    """The claims of a token that is signed with `key` and valid now. Raises InvalidToken."""
    header, claims = _decoded(text)
    # As in the reference, when it was issued does not matter to who knows the key.
    times = {name: claim for name, claim in claims.items() if name != "iat"}
    if header.get("alg") != ALGORITHM or not key or not is_signed_with(text, key.encode()):
        raise InvalidToken("the signature is wrong")
    if not times_allow(times):
        raise InvalidToken("the token is over, or not valid yet")
    return claims


def parse_unverified_jwt(text: str) -> Mapping[str, Any]:
    """The claims of a token that is valid now, whoever signed it. Raises InvalidToken."""
    _, claims = _decoded(text)
    if not times_allow(claims):
        raise InvalidToken("the token is over, or not valid yet")
    return claims


def _decoded(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        return decode_token(text)
    except ValueError as error:
        raise InvalidToken("not a token") from error


# --- format and times -------------------------------------------------------------------------------


def encode_claims(claims: Mapping[str, Any], key: bytes) -> str:
    text = json.dumps(claims, separators=(",", ":"), sort_keys=True).encode()
    return _jws().encode(text, key, ALGORITHM)


def decode_token(text: str, *, needs_signature: bool = True) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, the signature unseen. Raises ValueError for what is no token."""
    import jwt

    padded = text if needs_signature or not text.endswith(".") else f"{text}x"
    if len(text) > _LONGEST_TOKEN or _JWT.fullmatch(padded) is None:
        raise ValueError("not a token")
    try:
        decoded = jwt.decode_complete(text, options={"verify_signature": False})
        # As Go reads any JSON.
        return decoded["header"], without_lone_surrogates(decoded["payload"])
    except (jwt.PyJWTError, RecursionError) as error:
        raise ValueError("not a token") from error


def is_signed_with(text: str, key: bytes) -> bool:
    import jwt

    try:
        _jws().decode(text, key, algorithms=[ALGORITHM])
    except jwt.PyJWTError:
        return False
    return True


def times_allow(claims: Mapping[str, Any]) -> bool:
    """Whether `exp`, `nbf` and `iat`, as far as they are there, say that now is the time."""
    times: dict[str, int] = {}
    for name in _TIMES & claims.keys():
        seconds = _seconds(claims[name])
        if seconds is None:
            return False
        # As in the reference's library, a time of 0 counts as absent, and one that its clock does not know
        # is over.
        if seconds:
            times[name] = math.floor(seconds) if -_END_OF_TIME < seconds < _END_OF_TIME else -_END_OF_TIME
    now = time.time()
    return now < times.get("exp", math.inf) and max(times.get("nbf", now), times.get("iat", now)) <= now


def _seconds(claim: object) -> float | None:
    """A time as a number; None for what is none in JSON, though Python reads NaN and 1e400, too."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    try:
        seconds = float(claim)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


# Its import takes a quarter of a second (it loads all of `cryptography`), so only processes that see a token
# pay for it, not every start. What a claim must be is checked above, as the reference checks it.
@lru_cache(maxsize=1)
def _jws() -> "PyJWS":
    import jwt
    from jwt.algorithms import HMACAlgorithm

    class Secret(HMACAlgorithm):
        """Any text may be a secret here, also one that looks like the key of another algorithm.

        PyJWT refuses those, since whoever allows several algorithms could be fooled. There is one here.
        """

        def prepare_key(self, key: str | bytes) -> bytes:
            return key if isinstance(key, bytes) else key.encode()

    jws = jwt.PyJWS(algorithms=[])
    jws.register_algorithm(ALGORITHM, Secret(Secret.SHA256))
    return jws

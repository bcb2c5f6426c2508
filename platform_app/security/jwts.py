"""JSON Web Tokens with a shared secret (HS256): made, read, and checked as PocketBase checks them.

Reference: tools/security/jwt.go, PocketBase v0.39.11; golang-jwt 5.3.
"""

import hmac
import json
import math
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from itertools import product
from typing import Any

from platform_app.wire.json_decoding import decode_json

ALGORITHM = "HS256"
# Ours have some 300; what a client sends is read before anybody knows that it was signed.
_LONGEST_TOKEN = 16_384
_SEGMENT = re.compile(r"[A-Za-z0-9_-]*")
_LINE_ENDS = str.maketrans("", "", "\r\n")
# What a token may say that it is signed with as long as nobody asks for the signature.
_ALGORITHMS = frozenset(
    {"none", "EdDSA", *map("".join, product(("HS", "RS", "PS", "ES"), ("256", "384", "512")))}
)
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
    text = json.dumps(claims, separators=(",", ":"), sort_keys=True)
    signed = f"{_HEADER}.{_segment(text.encode())}"
    return f"{signed}.{_segment(_signature(signed, key))}"


def decode_token(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, the signature unseen. Raises ValueError for what is no token."""
    head, claims, signature = _segments(text)
    header = _object(head)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise ValueError("a token of an unknown algorithm")
    _bytes(signature)
    return header, _object(claims)


def decode_claims(text: str) -> Mapping[str, Any]:
    """The claims of a text that need not be a token: of any algorithm, with times that are none.

    Raises ValueError where there are no claims to read.
    """
    head, claims, _ = _segments(text)
    _object(head)
    return _object(claims, keeps_infinity=True)


def is_signed_with(text: str, key: bytes) -> bool:
    """Whether the signature of a token that can be decoded was made with this key."""
    signed, _, signature = text.rpartition(".")
    return hmac.compare_digest(_bytes(signature), _signature(signed, key))


def times_allow(claims: Mapping[str, Any]) -> bool:
    """Whether `exp`, `nbf` and `iat`, as far as they are there, say that now is the time."""
    times: dict[str, int] = {}
    for name in _TIMES & claims.keys():
        claim = claims[name]
        if isinstance(claim, bool) or not isinstance(claim, int | float):
            return False
        # As in the reference's library, a time of 0 counts as absent, and one that its clock does not know
        # is over.
        if claim := float(claim):
            times[name] = math.floor(claim) if -_END_OF_TIME < claim < _END_OF_TIME else -_END_OF_TIME
    now = time.time()
    return now < times.get("exp", math.inf) and max(times.get("nbf", now), times.get("iat", now)) <= now


def _signature(signed: str, key: bytes) -> bytes:
    return hmac.digest(key, signed.encode(), "sha256")


def _segment(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _segments(text: str) -> tuple[str, str, str]:
    segments = text.split(".", 3) if len(text) <= _LONGEST_TOKEN else ()
    if len(segments) != 3:
        raise ValueError("not a token")
    return segments[0], segments[1], segments[2]


def _object(segment: str, *, keeps_infinity: bool = False) -> dict[str, Any]:
    """The JSON object that a segment holds; null counts as an empty one. Raises ValueError."""
    value = decode_json(_bytes(segment), whole=True, keeps_integers=True, keeps_infinity=keeps_infinity)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("not a token")
    return value


def _bytes(segment: str) -> bytes:
    """What a segment encodes: line ends are passed over, bits that are left at its end too.

    Raises ValueError.
    """
    text = segment.translate(_LINE_ENDS)
    if _SEGMENT.fullmatch(text) is None:
        raise ValueError("not a token")
    return urlsafe_b64decode(f"{text}==")


_HEADER = _segment(b'{"alg":"HS256","typ":"JWT"}')

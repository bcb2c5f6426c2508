"""The client secret that Apple asks for: a JWT that the holder of a developer key signs for some months.

Reference: contract/system.md 4.4; forms/apple_client_secret_create.go, PocketBase v0.39.11.
"""

import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from platform_app.wire.errors import FieldError, required

_AUDIENCE = "https://appleid.apple.com"
_ID_BYTES = 10
_LONGEST_SECONDS = 15_777_000  # half a year
_BEGIN, _END = "-----BEGIN PRIVATE KEY----", "-----END PRIVATE KEY-----"
# One of the curve in question has some 250.
_MOST_KEY_CHARACTERS = 16_384


@dataclass(frozen=True)
class AppleSecretForm:
    """What the secret is made of; `duration` is in seconds, the key PKCS #8 in PEM."""

    client_id: str
    team_id: str
    key_id: str
    private_key: str
    duration: int


class UnusableKey(Exception):
    """The private key is not one of those that can sign for Apple; its text is for the superuser."""


def form_errors(form: AppleSecretForm) -> Mapping[str, FieldError]:
    """The errors by member, as outside they are spelled; {} for a form that a secret can be made of."""
    errors = {
        "clientId": None if form.client_id else required(),
        "teamId": _id_error(form.team_id),
        "keyId": _id_error(form.key_id),
        "privateKey": _key_error(form.private_key),
        "duration": _duration_error(form.duration),
    }
    return {name: error for name, error in errors.items() if error is not None}


def generate_apple_secret(form: AppleSecretForm) -> str:
    """The JWT, from a form without errors. Raises UnusableKey."""
    # Its import takes a while, and hardly anybody ever needs it.
    import jwt
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    block = _pem_block(form.private_key.strip())
    if block is None:
        raise UnusableKey("invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key")
    try:
        key = load_der_private_key(block, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey("the private key is malformed") from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise UnusableKey("key is not a valid ECDSA private key")
    if not isinstance(key.curve, SECP256R1):
        raise UnusableKey("key is invalid")
    now = int(time.time())
    claims = {
        "iss": form.team_id,
        "sub": form.client_id,
        "aud": [_AUDIENCE],
        "exp": now + form.duration,
        "iat": now,
    }
    payload = json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode()
    return jwt.PyJWS().encode(payload, key, algorithm="ES256", headers={"kid": form.key_id})


def _id_error(text: str) -> FieldError | None:
    if not text:
        return required()
    if len(text.encode()) == _ID_BYTES:
        return None
    params = {"max": _ID_BYTES, "min": _ID_BYTES}
    return FieldError("validation_length_invalid", f"The length must be exactly {_ID_BYTES}.", params)


def _key_error(text: str) -> FieldError | None:
    if not text:
        return required()
    begin = text.find(_BEGIN)
    # At least one character stands between the two.
    if begin >= 0 and text.rfind(_END) > begin + len(_BEGIN):
        return None
    return FieldError("validation_match_invalid", "Must be in a valid format.")


def _duration_error(seconds: int) -> FieldError | None:
    if not seconds:
        return required()
    if seconds < 1:
        return FieldError(
            "validation_min_greater_equal_than_required", "Must be no less than 1.", {"threshold": 1}
        )
    if seconds > _LONGEST_SECONDS:
        return FieldError(
            "validation_max_less_equal_than_required",
            f"Must be no greater than {_LONGEST_SECONDS}.",
            {"threshold": _LONGEST_SECONDS},
        )
    return None


def _pem_block(text: str) -> bytes | None:
    """The bytes between the first line that ends a PEM block and the one that began it; None without."""
    end = text.find("\n-----END ")
    begin = text.rfind("-----BEGIN ", 0, end)
    if len(text) > _MOST_KEY_CHARACTERS or end < 0 or begin < 0 or text[begin - 1 : begin] not in ("", "\n"):
        return None
    first, *lines = text[begin:end].split("\n")
    label = first.rstrip().removeprefix("-----BEGIN ")
    last, _, _ = text[end:].removeprefix("\n-----END ").partition("\n")
    if not label.endswith("-----") or last.rstrip() != label:
        return None
    while lines and ":" in lines[0]:  # a header of the block
        del lines[0]
    try:
        return binascii.a2b_base64("".join("".join(lines).split()), strict_mode=True)
    except ValueError:
        return None

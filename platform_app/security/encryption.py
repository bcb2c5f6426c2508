"""AES-GCM as PocketBase writes it: nonce, text and tag in one, in base64.

Reference: tools/security/encrypt.go, PocketBase v0.39.11.
"""

import base64
import os

_NONCE_BYTES = 12


class CannotDecrypt(ValueError):
    """What was given is not what was encrypted with this key."""


def encrypt(plain: bytes, key: str) -> str:
    """`plain` sealed with a key of 32 characters (AES-256; 16 and 24 are AES, too). Raises ValueError."""
    # cryptography takes 30 ms to import; who encrypts nothing never pays for it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key.encode()).encrypt(nonce, plain, None)).decode()


def decrypt(text: str, key: str) -> bytes:
    """What `encrypt` was given. Raises CannotDecrypt, and ValueError for a key that is none."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # as slow as in `encrypt`

    cipher = AESGCM(key.encode())
    try:
        sealed = base64.b64decode(text)
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (ValueError, InvalidTag) as error:
        raise CannotDecrypt("it was not encrypted with this key, or was changed") from error

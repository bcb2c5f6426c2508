"""The signature of a message, as https://www.standardwebhooks.com has it; receivers compute the same."""

import hmac
from base64 import b64decode, b64encode


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """`secret` is in base64, `timestamp` in seconds since 1970."""
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + b64encode(hmac.digest(b64decode(secret), content, "sha256")).decode()

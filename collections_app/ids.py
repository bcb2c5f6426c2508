"""Random ids, keys and secrets, and the checksums that name fields and collections."""

import secrets
import string
import zlib

LOWER_ALPHANUMERIC = string.ascii_lowercase + string.digits
ALPHANUMERIC = string.ascii_letters + string.digits
RECORD_ID_LENGTH = 15


def random_text(length: int, alphabet: str = ALPHANUMERIC) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def new_record_id() -> str:
    """A record id as PocketBase makes them: 15 of `[a-z0-9]`."""
    return random_text(RECORD_ID_LENGTH, LOWER_ALPHANUMERIC)


def checksum(text: str) -> str:
    """The decimal CRC32 (IEEE) of `text`.

    >>> checksum("id")
    '3208210256'
    """
    return str(zlib.crc32(text.encode()))

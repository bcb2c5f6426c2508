"""Random ids, keys and secrets, and the checksums that name fields and collections."""

import secrets
import string
import zlib

LOWER_ALPHANUMERIC = string.ascii_lowercase + string.digits
ALPHANUMERIC = string.ascii_letters + string.digits
RECORD_ID_LENGTH = 15
_BYTE_VALUES = 256


def random_text(length: int, alphabet: str = ALPHANUMERIC) -> str:
    """`length` characters drawn evenly from `alphabet`, with the system's cryptographic source."""
    size = len(alphabet)
    if size > _BYTE_VALUES:
        return "".join(secrets.choice(alphabet) for _ in range(length))
    # One call for many bytes: `secrets` asks the system once per character. Bytes beyond the last whole
    # multiple of the alphabet are dropped, or its first characters would come up more often.
    limit = _BYTE_VALUES - _BYTE_VALUES % size
    drawn: list[str] = []
    while len(drawn) < length:
        drawn += [alphabet[byte % size] for byte in secrets.token_bytes(2 * length) if byte < limit]
    return "".join(drawn[:length])


def new_record_id() -> str:
    """A record id as PocketBase makes them: 15 of `[a-z0-9]`."""
    return random_text(RECORD_ID_LENGTH, LOWER_ALPHANUMERIC)


def checksum(text: str) -> str:
    """The decimal CRC32 (IEEE) of `text`.

    >>> checksum("id")
    '3208210256'
    """
    return str(zlib.crc32(text.encode()))

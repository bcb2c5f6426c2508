"""Random ids, keys and secrets, and the checksums that name fields and collections."""

import secrets
import string
import zlib
from functools import lru_cache

LOWER_ALPHANUMERIC = string.ascii_lowercase + string.digits
ALPHANUMERIC = string.ascii_letters + string.digits
RECORD_ID_LENGTH = 15
_BYTE_VALUES = 256


def random_text(length: int, alphabet: str = ALPHANUMERIC) -> str:
    """`length` characters drawn evenly from `alphabet`, with the system's cryptographic source."""
    if not alphabet.isascii():
        return "".join(secrets.choice(alphabet) for _ in range(length))
    # One call for many bytes: `secrets` asks the system once per character.
    table, surplus = _byte_table(alphabet)
    drawn = b""
    while len(drawn) < length:
        drawn += secrets.token_bytes(2 * length).translate(table, surplus)
    return drawn[:length].decode()


@lru_cache(maxsize=128)
def _byte_table(alphabet: str) -> tuple[bytes, bytes]:
    """What every byte becomes, and the bytes to leave out.

    Those are the ones beyond the last whole multiple of the alphabet, or its first characters would come up
    more often.
    """
    whole = _BYTE_VALUES - _BYTE_VALUES % len(alphabet)
    table = (alphabet * _BYTE_VALUES)[:_BYTE_VALUES].encode()
    return table, bytes(range(whole, _BYTE_VALUES))


def new_record_id() -> str:
    """A record id as PocketBase makes them: 15 of `[a-z0-9]`."""
    return random_text(RECORD_ID_LENGTH, LOWER_ALPHANUMERIC)


def checksum(text: str) -> str:
    """The decimal CRC32 (IEEE) of `text`.

    >>> checksum("id")
    '3208210256'
    """
    return str(zlib.crc32(text.encode()))

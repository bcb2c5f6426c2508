"""Passwords as bcrypt hashes, readable by PocketBase and written as it writes them.

Reference: contract/auth.md 5; core/field_password.go, PocketBase v0.39.11.
"""

DEFAULT_COST = 10
MIN_COST, MAX_COST = 4, 31
MAX_BYTES = 72  # bcrypt never looks at more; PocketBase refuses to hash more and compares only these


class PasswordTooLong(ValueError):
    """The password has more than the 72 bytes that bcrypt can tell apart."""


def hash_password(plain: str, *, cost: int = DEFAULT_COST) -> str:
    """The `$2a$` hash of `plain`; "" for an empty password, which matches nothing.

    Raises PasswordTooLong over 72 bytes.
    """
    if not plain:
        return ""
    import bcrypt  # a compiled module that most commands and requests never need

    if is_too_long(plain):
        raise PasswordTooLong(f"the password has over {MAX_BYTES} bytes, no more can be hashed")
    salt = bcrypt.gensalt(min(max(cost, MIN_COST), MAX_COST), prefix=b"2a")
    return bcrypt.hashpw(plain.encode(), salt).decode()


def is_too_long(plain: str) -> bool:
    """Whether `plain` is longer than bcrypt can take, in bytes."""
    return len(plain.encode()) > MAX_BYTES


def matches(plain: str, hashed: str) -> bool:
    """Whether `plain` is the password behind `hashed` (`$2a$`, `$2b$` or `$2y$`).

    As in the reference, bytes beyond the 72nd do not count when comparing.
    """
    if not hashed.startswith("$2"):
        return False
    import bcrypt

    try:
        return bcrypt.checkpw(plain.encode()[:MAX_BYTES], hashed.encode())
    except ValueError:
        # Not a bcrypt hash after all, such as a row that somebody edited by hand.
        return False

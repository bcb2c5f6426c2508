"""The only reader of the process environment: typed values with defaults that suit development.

Every secret may also be given as a file: `NAME_FILE` names a file that holds the value of `NAME`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


class InvalidVariable(ValueError):
    """A variable of the environment has a value that cannot be used; it stops start-up."""


def put(variables: Mapping[str, str]) -> None:
    """Set these for this process and those that it starts."""
    os.environ.update(variables)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def secret(name: str, default: str = "") -> str:
    """The value of `name`, or the stripped content of the file that `NAME_FILE` names."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise InvalidVariable(f"{name}_FILE: cannot read {path!r}: {error.strerror}") from error
    return os.environ.get(name, default)


def boolean(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    lowered = value.strip().lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise InvalidVariable(f"{name}: expected a boolean such as 1 or 0, got {value!r}")


def integer(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise InvalidVariable(f"{name}: expected a whole number, got {value!r}") from error


def path(name: str, default: Path) -> Path:
    """An absolute path; a relative value counts from the current folder."""
    value = os.environ.get(name)
    return Path(value).expanduser().resolve() if value else default


def words(name: str, default: str = "") -> list[str]:
    """A comma separated list without blanks and empty items."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


@dataclass(frozen=True)
class PostgresAddress:
    """Where a PostgreSQL database is, taken from `postgres://user:password@host:port/name?option=x`."""

    name: str
    user: str
    password: str
    host: str
    port: str
    options: dict[str, str]


def postgres_address(name: str) -> PostgresAddress | None:
    """The address in variable `name`, or None when it is unset."""
    url = secret(name)
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise InvalidVariable(f"{name}: expected postgres://user:password@host:port/name")
    return PostgresAddress(
        name=unquote(parts.path.lstrip("/")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=unquote(parts.hostname or ""),
        port=str(parts.port or ""),
        options=dict(parse_qsl(parts.query)),
    )

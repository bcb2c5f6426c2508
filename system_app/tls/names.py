"""The names that are served by HTTPS: those that were asked for, and `www.` in front of each.

Reference: apis/serve.go, PocketBase v0.39.11; contract/system.md 16.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WWW = "www."
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Authorities certify no name that is for one network only, so there is a dot; the last label is no number.
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$){_LABEL}")
_LONGEST_NAME = 253
_NOT_WHOLE = re.compile(r":\d+$|\.$")


class NoDomain(ValueError):
    """Nothing that a certificate can be had for; the message says what, in one line."""


@dataclass(frozen=True)
class ServedNames:
    """`asked` were given; `added` are theirs with `www.`, which only lead to them. In ASCII, lower case."""

    asked: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.asked, *self.added)


def served_names(domains: Sequence[str], https_address: str = "") -> ServedNames:
    """Without domains the host of the address is the one. Raises NoDomain.

    >>> served_names(["example.com", "www.example.org"]).all
    ('example.com', 'www.example.org', 'www.example.com')
    """
    asked = tuple(dict.fromkeys(_ascii(domain) for domain in domains or [https_address.rpartition(":")[0]]))
    added = tuple(_WWW + name for name in asked if not name.startswith(_WWW) and _WWW + name not in asked)
    return ServedNames(asked, added)


def bare_host(host: str) -> str:
    """A Host header as a name: without port and the dot that may end it, in lower case.

    >>> bare_host("WWW.Example.com:8443")
    'www.example.com'
    """
    return _NOT_WHOLE.sub("", _NOT_WHOLE.sub("", host)).lower()


def _ascii(domain: str) -> str:
    try:
        name = domain.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        name = ""
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise NoDomain(
            f"No certificate can be had for {domain!r}: expected a public name such as example.com."
        )
    return name

"""The names of the OAuth2 providers, which `auth_app` announces at start-up and definitions may use.

Module state because the table of providers stands above this app, and validation must know its names.
"""

from collections.abc import Iterable

_names: set[str] = set()


def announce_providers(names: Iterable[str]) -> None:
    _names.update(names)


def is_known_provider(name: str) -> bool:
    return name in _names

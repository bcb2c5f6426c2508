"""The OAuth2 providers by name: the table's, those of every `*_provider.py` here, and those of other apps.

Module state, filled once at start-up: `ready()` of an AppConfig is the place to register one's own.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from auth_app.providers.provider import Provider
from collections_app.auth_options import OAuth2ProviderOptions
from collections_app.definitions.known_providers import announce_providers

_providers: dict[str, Provider] = {}


def register_provider(provider: Provider) -> None:
    """Make a provider known, so that collections may be given it. A second one of a name stops start-up."""
    if provider.name in _providers:
        raise RuntimeError(f"OAuth2 provider {provider.name!r} is registered twice")
    _providers[provider.name] = provider
    announce_providers((provider.name,))


def providers() -> Mapping[str, Provider]:
    """All registered providers by name."""
    register_all()
    return _providers


@cache
def register_all() -> None:
    """Register the providers that Joey brings along."""
    import_module("auth_app.providers.table")
    for path in sorted(Path(__file__).parent.glob("*_provider.py")):
        import_module(f"auth_app.providers.{path.stem}")


def configured_provider(options: OAuth2ProviderOptions) -> Provider | None:
    """The known provider with a collection's own settings laid over it; None for an unknown name."""
    provider = providers().get(options.name)
    return None if provider is None else provider.configured(options)

"""Django's description of this app."""

from django.apps import AppConfig

from auth_app.providers.table import PROVIDERS
from collections_app.definitions.known_providers import announce_providers


class AuthConfig(AppConfig):
    name = "auth_app"

    def ready(self) -> None:
        announce_providers(PROVIDERS)

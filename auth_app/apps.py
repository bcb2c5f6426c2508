"""Django's description of this app."""

from django.apps import AppConfig

from auth_app.providers.table import PROVIDERS
from collections_app.definitions.known_providers import announce_providers
from platform_app.requests.lifetime import lifetime


class AuthConfig(AppConfig):
    name = "auth_app"

    def ready(self) -> None:
        announce_providers(PROVIDERS)
        # Imported late: models, which these need, are not ready before.
        from auth_app import expiry
        from auth_app.system_collections import initial_collections
        from collections_app.definitions.initial_collections import announce_initial_collections

        announce_initial_collections(initial_collections)
        lifetime.register(expiry.companion)

"""Django's description of this app."""

from django.apps import AppConfig


class AuthConfig(AppConfig):
    name = "auth_app"

    def ready(self) -> None:
        # Imported late: models, which these need, are not ready before.
        from auth_app.providers.registry import register_all
        from auth_app.system_collections import initial_collections
        from collections_app.definitions.initial_collections import announce_initial_collections

        announce_initial_collections(initial_collections)
        register_all()

"""Django's description of this app."""

from django.apps import AppConfig

from collections_app.events import collection_update


class SystemConfig(AppConfig):
    name = "system_app"

    def ready(self) -> None:
        # Imported late: models, which this needs, are not ready before.
        from system_app.settings.collection_renames import follow_renames

        collection_update.connect(follow_renames, dispatch_uid="system_app.follow_renames")

"""Django's description of this app."""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig

from collections_app.events import CollectionEvent, collection_update


class SystemConfig(AppConfig):
    name = "system_app"

    def ready(self) -> None:
        collection_update.connect(_follow_renames, dispatch_uid="system_app.follow_renames")


def _follow_renames(event: CollectionEvent, **kwargs: Any) -> Iterator[None]:
    # Imported late: no start has to wait for what checks the settings.
    from system_app.settings.collection_renames import follow_renames

    yield from follow_renames(event, **kwargs)

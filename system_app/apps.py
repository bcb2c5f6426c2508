"""Django's description of this app."""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.db import connection

from collections_app.events import CollectionEvent, collection_update
from platform_app.database.replacing import register_database
from platform_app.requests.lifetime import Companion, lifetime
from system_app.backups.following import follower
from system_app.backups.postgresql_replacing import PostgresqlReplacement


class SystemConfig(AppConfig):
    name = "system_app"

    def ready(self) -> None:
        if connection.vendor != "sqlite":
            register_database(PostgresqlReplacement())
        lifetime.register(Companion("restores", start=follower.start, stop=follower.stop))
        collection_update.connect(_follow_renames, dispatch_uid="system_app.follow_renames")


def _follow_renames(event: CollectionEvent, **kwargs: Any) -> Iterator[None]:
    # Imported late: no start has to wait for what checks the settings.
    from system_app.settings.collection_renames import follow_renames

    yield from follow_renames(event, **kwargs)

"""Django's description of this app."""

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from collections_app.filterlang.dialects.sqlite_functions import register_sqlite_functions
from platform_app.defaults import set_defaults

# Before models are loaded, whichever place the app has among others.
set_defaults()


class CollectionsConfig(AppConfig):
    name = "collections_app"

    def ready(self) -> None:
        connection_created.connect(_add_functions, dispatch_uid="collections_app.sqlite_functions")


def _add_functions(connection: Any, **kwargs: Any) -> None:
    """Give a new SQLite connection the functions that compiled filters call."""
    if connection.vendor == "sqlite":
        register_sqlite_functions(connection.connection)

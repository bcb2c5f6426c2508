"""Django's description of this app."""

import sys
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.module_loading import autodiscover_modules

from collections_app.filterlang.dialects.sqlite_functions import register_sqlite_functions
from platform_app.defaults import set_defaults
from platform_app.requests.lifetime import Companion, lifetime

# Before models are loaded, whichever place the app has among others.
set_defaults()

# Imported by an app that exposes models of its own.
_EXPOSURES = "collections_app.exposing.exposures"


class CollectionsConfig(AppConfig):
    name = "collections_app"

    def ready(self) -> None:
        connection_created.connect(_add_functions, dispatch_uid="collections_app.sqlite_functions")
        autodiscover_modules("exposed")
        if _EXPOSURES in sys.modules:
            self._follow_exposures()

    def _follow_exposures(self) -> None:
        # Imported late: models, which these need, are not ready before; and only where something is exposed.
        from collections_app.exposing.exposures import exposures
        from collections_app.exposing.storing import make_way, store_exposures

        if not exposures():
            return

        pre_migrate.connect(make_way, sender=self, dispatch_uid="collections_app.exposures")
        post_migrate.connect(store_exposures, sender=self, dispatch_uid="collections_app.exposures")
        lifetime.register(Companion("exposed models", start=store_exposures))


def _add_functions(connection: Any, **kwargs: Any) -> None:
    """Give a new SQLite connection the functions that compiled filters call."""
    if connection.vendor == "sqlite":
        register_sqlite_functions(connection.connection)

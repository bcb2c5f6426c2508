"""Django's description of this app."""

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.core.checks import register
from django.db import connection

from collections_app.events import CollectionEvent, collection_update
from platform_app.database.replacing import register_database
from platform_app.requests.lifetime import Companion, lifetime
from system_app.backups.following import follower
from system_app.backups.postgresql_replacing import PostgresqlReplacement
from system_app.events import SettingsReloadEvent, settings_reload
from system_app.logs.writing import STOP_SECONDS, log_writer
from system_app.process_hooks import register_process_hooks
from system_app.reloading import follower as settings_follower


class SystemConfig(AppConfig):
    name = "system_app"

    def ready(self) -> None:
        register(_check_project, "joey")
        if connection.vendor != "sqlite":
            register_database(PostgresqlReplacement())
        lifetime.register(Companion("rate limits", start=_count_together))
        lifetime.register(Companion("restores", start=follower.start, stop=follower.stop))
        collection_update.connect(_follow_renames, dispatch_uid="system_app.follow_renames")
        settings_reload.connect(_count_anew, dispatch_uid="system_app.count_anew")
        settings_reload.connect(_follow_log_settings, dispatch_uid="system_app.follow_log_settings")
        # The first to register is the last to stop: what the others say at their end is logged, too.
        lifetime.register(
            Companion("log", start=_start_log, stop=log_writer.stop, stop_seconds=STOP_SECONDS + 1)
        )
        lifetime.register(Companion("settings", start=settings_follower.start, stop=settings_follower.stop))
        register_process_hooks()


def _check_project(app_configs: Any, **kwargs: Any) -> Any:
    # Imported late: no start has to wait for what is only asked by `check`.
    from system_app.checks import check_project

    return check_project(app_configs, **kwargs)


def _follow_renames(event: CollectionEvent, **kwargs: Any) -> Iterator[None]:
    # Imported late: no start has to wait for what checks the settings.
    from system_app.settings.collection_renames import follow_renames

    yield from follow_renames(event, **kwargs)


def _follow_log_settings(event: SettingsReloadEvent, **kwargs: Any) -> Iterator[None]:
    """After all other receivers: what the settings no longer keep goes, and the new level counts at once."""
    yield
    if log_writer.is_open:
        from system_app.logs.retention import follow_settings

        log_writer.use(event.settings)
        follow_settings(event.settings.logs)


def _count_anew(event: SettingsReloadEvent, **kwargs: Any) -> Iterator[None]:
    """After the other receivers: rate limits begin anew with every state of the settings."""
    yield
    from system_app.limits.counting import forget

    forget()


def _count_together() -> None:
    from system_app.limits.counting import join

    join()


def _start_log() -> None:
    from system_app.logs.starting import start_log

    start_log()

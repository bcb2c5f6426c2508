"""What `manage.py check` says to a project that lacks something which Joey's apps need."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import connections
from django.urls import Resolver404, resolve

from platform_app.database.engines.sqlite.base import DatabaseWrapper

_API_LAYER = "system_app.middleware.api.ApiMiddleware"
_TOKEN_LAYER = "auth_app.authentication.TokenMiddleware"  # noqa: S105
_ENGINE = "platform_app.database.engines.sqlite"
_APPS = (
    "system_app",
    "system_app.crons",
    "collections_app",
    "collections_app.pb_migrations",
    "files_app",
    "auth_app",
    "realtime_app",
)
_QUEUE = "django_q"
# One that everybody uses, and one that superusers do.
_PATHS = ("/api/health", "/api/settings")


def check_project(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_apps(), *_layers(), *_routes(), *_databases(), *_forms()]


def _apps() -> Iterator[CheckMessage]:
    installed = {config.name for config in apps.get_app_configs()}
    missing = [name for name in _APPS if name not in installed]
    if _QUEUE not in installed:
        missing.append("system_app.jobs.apps.QueueConfig")
    if missing:
        yield Error(f"INSTALLED_APPS lacks {', '.join(missing)}.", id="joey.E001")


def _layers() -> Iterator[CheckMessage]:
    layers = list(settings.MIDDLEWARE)
    if _API_LAYER not in layers and _TOKEN_LAYER not in layers:
        yield Error(
            "MIDDLEWARE has nothing that reads the tokens of the API: everybody would be a guest.",
            hint=f'Put "{_API_LAYER}" in its first place.',
            id="joey.E002",
        )
    elif _API_LAYER in layers[1:]:
        yield checks.Warning(
            f"MIDDLEWARE has {', '.join(layers[: layers.index(_API_LAYER)])} before Joey's layers: what "
            "they answer to requests of the API has neither its headers nor an entry in the log.",
            hint=f'Put "{_API_LAYER}" in its first place.',
            id="joey.W001",
        )


def _routes() -> Iterator[CheckMessage]:
    for path in _PATHS:
        try:
            view = resolve(path).func
        except Resolver404:
            view = None
        if not getattr(view, "view_class", object).__module__.startswith("system_app."):
            yield Error(
                f"The URLs have {path} elsewhere, or not at all.",
                hint='Add path("", include("system_app.api_urls")) to the urlpatterns of ROOT_URLCONF.',
                id="joey.E003",
            )


def _databases() -> Iterator[CheckMessage]:
    for alias in settings.DATABASES:
        connection = connections[alias]
        if connection.vendor not in {"sqlite", "postgresql"}:
            yield Error(f"The database {alias!r} is neither SQLite nor PostgreSQL.", id="joey.E004")
        elif connection.vendor == "sqlite" and not isinstance(connection, DatabaseWrapper):
            yield Error(
                f"The database {alias!r} is opened with another SQLite than the one that Joey's apps open it "
                "with; two in one process take each other's locks away.",
                hint=f'Set its ENGINE to "{_ENGINE}". The file stays as it is.',
                id="joey.E005",
            )


def _forms() -> Iterator[CheckMessage]:
    if settings.DATA_UPLOAD_MAX_MEMORY_SIZE is not None:
        yield checks.Warning(
            "DATA_UPLOAD_MAX_MEMORY_SIZE refuses requests that the limits of the API allow.",
            hint="Set it to None: the API has limits of its own for each route.",
            id="joey.W002",
        )

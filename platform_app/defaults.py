"""What Joey's own settings are in a project that does not have them.

`config/settings.py` sets all of them from the environment. Somebody else's project needs none: what is
missing is set when Django loads the apps, so code reads `settings.JOEY_...` wherever it runs, at no cost.
"""

from pathlib import Path
from typing import Any

from django.conf import settings

_DEFAULTS: dict[str, Any] = {
    "JOEY_AUTOMIGRATE": False,
    "JOEY_CORS_ORIGINS": ["*"],
    "JOEY_REDIS_URL": "",
    "JOEY_INDEX_FALLBACK": True,
    "JOEY_UNROUTED_VIEW": "platform_app.requests.answers.not_found",
    "JOEY_SETTINGS_ENCRYPTION_KEY": "",
    "JOEY_DOMAINS": [],
    "JOEY_HTTPS_ADDRESS": "",
    "JOEY_ACME_DIRECTORY": "https://acme-v02.api.letsencrypt.org/directory",
    "JOEY_ACME_CA_BUNDLE": "",
    "JOEY_HOST": "127.0.0.1",
    "JOEY_PORT": 8090,
    "JOEY_WORKERS": 1,
    "JOEY_HEAD_TIMEOUT": 60,
    "JOEY_READ_TIMEOUT": 300,
    "JOEY_WRITE_TIMEOUT": 300,
    "JOEY_MOST_CONNECTIONS": 10_000,
    "JOEY_QUERY_TIMEOUT": 30,
    "JOEY_INLINE_LANE": True,
    "JOEY_POOL_THREADS": 4,
    "JOEY_BULK_THREADS": 2,
    "JOEY_LONG_THREADS": 3,
    "JOEY_WAITING_THREADS": 8,
    "JOEY_ERRAND_THREADS": 4,
    "JOEY_THUMBS_MAX_WORKERS": 0,
    "JOEY_THUMBS_MAX_WAIT": 60,
    "JOEY_ID_TOKEN_LEEWAY": 300,
    "JOEY_PRIVATE_ADDRESSES": False,
    "JOEY_JOB_WORKERS": 4,
    "JOEY_HISTORY": "dashboard",
    "JOEY_HISTORY_DAYS": 90,
    "JOEY_MAIL_TO_CONSOLE": False,
    "JOEY_MAIL_TIMEOUT": 60,
    "JOEY_LOG_FORMAT": "text",
    "JOEY_MAP_TILES": "",
    "JOEY_MAP_ATTRIBUTION": "© OpenStreetMap contributors",
}
# Beside the data directory, and in it.
_BESIDE = {
    "JOEY_PUBLIC_DIR": "pb_public",
    "JOEY_MIGRATIONS_DIR": "pb_migrations",
    "JOEY_HOOKS_DIR": "pb_hooks",
}
_WITHIN = {
    "JOEY_STORAGE_DIR": "storage",
    "JOEY_BACKUPS_DIR": "backups",
    "JOEY_CERTIFICATES_DIR": ".autocert_cache",
}


def defaults(base: Path) -> dict[str, Any]:
    """All of them, for a project in the folder `base`; the other folders go by its data directory."""
    data_dir = Path(getattr(settings, "JOEY_DATA_DIR", base / "pb_data"))
    return {
        "JOEY_DATA_DIR": data_dir,
        **{name: data_dir.parent / folder for name, folder in _BESIDE.items()},
        **{name: data_dir / folder for name, folder in _WITHIN.items()},
        **_DEFAULTS,
    }


def set_defaults() -> None:
    """Give the project's settings what they lack, and Django's those parts that only concern Joey's apps.

    Called while the apps are loaded, before anything reads settings; what the project has set stays.
    """
    for name, value in defaults(Path(getattr(settings, "BASE_DIR", Path.cwd()))).items():
        if not hasattr(settings, name):
            setattr(settings, name, value)
    storages = {"records": _record_storage(), **settings.STORAGES}
    if storages != settings.STORAGES:
        settings.STORAGES = storages
    migrations = {"django_q": "system_app.jobs.queue_migrations", **settings.MIGRATION_MODULES}
    if migrations != settings.MIGRATION_MODULES:
        settings.MIGRATION_MODULES = migrations
    if not hasattr(settings, "Q_CLUSTER"):
        settings.Q_CLUSTER = _queue()
    if not hasattr(settings, "CHANNEL_LAYERS"):
        layer = {
            "BACKEND": "realtime_app.bus.unix_layer.UnixLayer",
            "CONFIG": {"directory": settings.JOEY_DATA_DIR / ".bus"},
        }
        settings.CHANNEL_LAYERS = {"default": layer}


def _record_storage() -> dict[str, Any]:
    return {
        "BACKEND": "files_app.chosen_storage.ChosenRecordStorage",
        "OPTIONS": {"location": settings.JOEY_STORAGE_DIR, "file_permissions_mode": 0o600},
    }


def _queue() -> dict[str, Any]:
    """What `config/settings.py` says of it (docs/decisions/0015)."""
    return {
        "name": "joey",
        "broker_class": "system_app.jobs.broker.Queue",
        "orm": "auxiliary" if "auxiliary" in settings.DATABASES else "default",
        "poll": 1,
        "workers": settings.JOEY_JOB_WORKERS,
        "timeout": 60 * 60,
        "retry": 25 * 60 * 60,
        "ack_failures": True,
        "max_attempts": 1,
        "scheduler": False,
    }

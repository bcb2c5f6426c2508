"""Which database a table lives in: logs have one of their own on SQLite, as in PocketBase."""

from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

AUXILIARY = "auxiliary"


def log_database() -> str:
    """The alias of the database that holds `_logs`."""
    return AUXILIARY if AUXILIARY in settings.DATABASES else DEFAULT_DB_ALIAS


class LogRouter:
    """Sends `Log` to the auxiliary database; nothing is ever migrated there."""

    def db_for_read(self, model: type[Any], **hints: Any) -> str | None:
        return log_database() if _is_log(model) else None

    def db_for_write(self, model: type[Any], **hints: Any) -> str | None:
        return log_database() if _is_log(model) else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == AUXILIARY else None


def _is_log(model: type[Any]) -> bool:
    return bool(model._meta.db_table == "_logs")

"""Which database the queue of jobs lives in: that of the logs, so that it never waits for records."""

from typing import Any

from platform_app.database.routers import log_database

_LABELS = frozenset({"crons", "django_q"})


class QueueRouter:
    """Sends the models of django-q2, and our claims, to one database; they are migrated there alone."""

    def db_for_read(self, model: type[Any], **hints: Any) -> str | None:
        return log_database() if model._meta.app_label in _LABELS else None

    def db_for_write(self, model: type[Any], **hints: Any) -> str | None:
        return log_database() if model._meta.app_label in _LABELS else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return db == log_database() if app_label in _LABELS else None

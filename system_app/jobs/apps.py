"""Django's description of django-q2, the queue that jobs wait in."""

from pathlib import Path
from typing import ClassVar

from platform_app.defaults import set_defaults

set_defaults()  # django-q2 reads its settings when it is imported

from django_q.apps import DjangoQConfig  # noqa: E402


class QueueConfig(DjangoQConfig):  # type: ignore[misc]
    """django-q2's, with one migration instead of its twenty: those take half a second of a first start."""

    # What settings.MIGRATION_MODULES names, for who looks for the files without importing them.
    migrations_folder: ClassVar[Path] = Path(__file__).parent / "queue_migrations"

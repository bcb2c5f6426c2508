"""The app `pb_migrations`: no code of its own, only the migrations in `settings.JOEY_MIGRATIONS_DIR`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings

from collections_app.migrating.label import LABEL


class PbMigrationsConfig(AppConfig):
    name = "collections_app.pb_migrations"
    label = LABEL

    # A database that is being filled under another name must not see the files that belong to this one.
    is_hidden = False

    def ready(self) -> None:
        if settings.JOEY_AUTOMIGRATE:
            # Imported late: recording needs Django's migrations, and production does without.
            from collections_app.migrating.automigrate import connect

            connect()

    @property
    def migrations_folder(self) -> Path:
        """Where the files are; the folder may be missing."""
        return Path(settings.JOEY_MIGRATIONS_DIR)

    @property
    def search_path(self) -> list[str]:
        """The `__path__` of the package that Django loads the migrations from."""
        return [] if self.is_hidden else [str(self.migrations_folder)]


@contextmanager
def hidden_migrations() -> Iterator[None]:
    """Let `migrate` run Joey's own migrations alone."""
    config = apps.get_app_config(LABEL)
    assert isinstance(config, PbMigrationsConfig)  # noqa: S101 - tells mypy what INSTALLED_APPS says
    config.is_hidden = True
    try:
        yield
    finally:
        config.is_hidden = False

"""What our management commands have in common: on the data directory, and what fails is said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from platform_app.database.data_directory import DataDirectoryUnusable
from platform_app.database.disk_room import with_reason
from platform_app.wire.errors import ApiError, sentenize


class DataCommand(BaseCommand):
    """A command on the data directory. What fails is a CommandError; `--traceback` shows where it began."""

    # Checks look at the URLs and import every view, which takes as long as all the rest.
    requires_system_checks: list[str] = []

    def execute(self, *args: Any, **options: Any) -> Any:
        with in_one_line():
            return super().execute(*args, **options)


@contextmanager
def in_one_line() -> Iterator[None]:
    """What a database, a disk, the settings or a service refuse in the block becomes a CommandError."""
    try:
        yield
    except BrokenPipeError:
        return  # who reads what is printed has seen enough
    except EOFError as error:
        raise CommandError("There is nobody to answer the question. Nothing was changed.") from error
    except DatabaseError as error:
        raise CommandError(_database_text(error)) from error
    except (DataDirectoryUnusable, ApiError, ImproperlyConfigured) as error:
        raise CommandError(sentenize(str(error))) from error
    except OSError as error:
        raise CommandError(sentenize(with_reason(_file_text(error)))) from error


def _database_text(error: DatabaseError) -> str:
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return (
            f"There is no database in {settings.JOEY_DATA_DIR}. DATA_DIR names the data directory; "
            "`manage.py serve` makes a new one, and `manage.py adopt` copies one of PocketBase."
        )
    said = " ".join(str(error).split())
    return sentenize(with_reason(f"The database cannot be used: {said}"))


def _file_text(error: OSError) -> str:
    if error.filename is None or error.strerror is None:
        return str(error)
    return f"{error.strerror}: {error.filename}"

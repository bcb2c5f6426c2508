"""The data directory of a run of tests, and how it becomes again what it was."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from collections_app.catalog import forget_catalog
from platform_app.database import snapshots
from platform_app.database.data_directory import prepare
from platform_app.runtime_settings.current import forget_settings

_BUS = ".bus"


def make_data_directory(folder: Path, snapshot: Path | None) -> None:
    """A copy of `snapshot`, PocketBase's or ours, or a new one; with all migrations, the project's too.

    `folder` is where it has to be. Raises CommandError for a snapshot that cannot be adopted.
    """
    if Path(settings.JOEY_DATA_DIR) != folder:
        _move_to(folder)
    if snapshot is not None:
        call_command("adopt", str(snapshot), into=str(settings.JOEY_DATA_DIR), verbosity=0)
    prepare()


def _move_to(folder: Path) -> None:
    """For a project whose settings are its own: nothing of what it works with is touched.

    Raises RuntimeError for a database that is not SQLite's: which one may be filled, only people know.
    """
    settings.JOEY_DATA_DIR = folder
    settings.JOEY_STORAGE_DIR, settings.JOEY_BACKUPS_DIR = folder / "storage", folder / "backups"
    records = cast(dict[str, Any], settings.STORAGES["records"])
    records["OPTIONS"]["location"] = settings.JOEY_STORAGE_DIR
    for alias in connections:
        if connections[alias].vendor != "sqlite":
            raise RuntimeError(f"the tests need SQLite settings for the database {alias!r}")
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = folder / f"{alias}.db"


def forget() -> None:
    """What this process knows of definitions and settings may be of what was undone."""
    forget_catalog()
    forget_settings()


@contextmanager
def files_restored() -> Iterator[None]:
    """Files of records that are stored meanwhile go; the others are not looked at."""
    folder = Path(settings.JOEY_STORAGE_DIR)
    before = set(folder.rglob("*"))
    try:
        yield
    finally:
        for path in sorted(set(folder.rglob("*")) - before, reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


@contextmanager
def all_restored(copy: Path) -> Iterator[None]:
    """The whole directory is afterwards as it was; `copy` is where it is kept, and is gone then.

    Nobody may use it before and after: its databases are replaced. Only on SQLite.
    """
    folder = Path(settings.JOEY_DATA_DIR)
    _close()
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(_BUS))
    try:
        yield
    finally:
        _close()
        for path in folder.iterdir():
            if path.name != _BUS:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(copy, folder, dirs_exist_ok=True)
        shutil.rmtree(copy)
        forget()


def _close() -> None:
    snapshots.close()
    connections.close_all()

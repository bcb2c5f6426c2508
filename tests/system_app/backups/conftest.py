"""A data directory beside that of the tests, whose databases nobody else has open."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from platform_app.database import replacing
from platform_app.database.sqlite_driver import sqlite3
from system_app.backups import creating
from tests.system_app.pocketbase_directory import build_directory
from tests.system_app.settings_row import save

# On PostgreSQL tests/process/test_backups.py makes and restores real ones.
needs_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="copies SQLite's files")


@pytest.fixture
def directory(tmp_path, settings, db, monkeypatch) -> Iterator[Path]:
    """It has three notes, of which two name files; only one of these is there."""
    save()
    folder = build_directory(tmp_path / "pb_data", journal_mode="WAL")
    with closing(sqlite3.connect(folder / "auxiliary.db")) as logs:
        logs.execute("CREATE TABLE _logs (id TEXT)")
    settings.JOEY_DATA_DIR = folder
    settings.JOEY_STORAGE_DIR = folder / "storage"
    settings.JOEY_BACKUPS_DIR = folder / "backups"
    files = {name: folder / name for name in ("data.db", "auxiliary.db")}
    monkeypatch.setattr(creating, "database_files", lambda: files)
    yield folder
    replacing.release()

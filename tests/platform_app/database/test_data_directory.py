"""The data directory: made complete from nothing, and left alone when it is."""

import os
from contextlib import closing

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from collections_app.models import StoredCollection
from platform_app.database import data_directory
from platform_app.database.data_directory import (
    DataDirectoryUnusable,
    ensure_auxiliary_tables,
    migrate_if_needed,
    migrations_on_disk,
    prepare,
    recorded_migrations,
)
from platform_app.database.sqlite_driver import sqlite3, sqlite_description
from system_app.adopting.adopt import databases_in

needs_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite files")


@pytest.fixture(autouse=True)
def _database_allowed(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def folder(tmp_path, settings):
    settings.JOEY_DATA_DIR = tmp_path / "data"
    settings.JOEY_STORAGE_DIR = settings.JOEY_DATA_DIR / "storage"
    settings.JOEY_BACKUPS_DIR = settings.JOEY_DATA_DIR / "backups"
    with databases_in(settings.JOEY_DATA_DIR):
        yield settings.JOEY_DATA_DIR


@needs_sqlite
def test_new_directory_is_complete(folder):
    prepare()
    assert {path.name for path in folder.iterdir() if "-" not in path.name} == {
        ".joey_in_use.lock",
        "auxiliary.db",
        "backups",
        "data.db",
        "storage",
    }
    names = list(StoredCollection.objects.order_by("created").values_list("name", flat=True))
    assert sorted(names) == ["_authOrigins", "_externalAuths", "_mfas", "_otps", "_superusers", "users"]
    with closing(sqlite3.connect(folder / "data.db")) as database:
        assert database.execute("SELECT id FROM _params").fetchall() == [("settings",)]
        assert database.execute("SELECT COUNT(*) FROM _superusers").fetchall() == [(0,)]
        # PocketBase must be able to open the directory without setting it up a second time.
        applied = {row[0] for row in database.execute("SELECT file FROM _migrations")}
    assert {"1640988000_init.go", "1778828400_normalize_indexes.go"} <= applied


@needs_sqlite
def test_nothing_of_ours_declares_a_foreign_key(folder):
    prepare()
    with closing(sqlite3.connect(folder / "data.db")) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        keys = {table: database.execute(f'PRAGMA foreign_key_list("{table}")').fetchall() for table in tables}
    assert "django_admin_log" in keys
    assert not any(keys.values())


@needs_sqlite
def test_what_is_made_is_for_its_owner_only_and_what_is_there_stays(folder):
    before = os.umask(0o022)
    try:
        folder.mkdir()
        (folder / "storage").mkdir()
        prepare()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    assert (modes["data"], modes["storage"]) == (0o755, 0o755)
    assert (modes["backups"], modes["data.db"], modes["auxiliary.db"]) == (0o700, 0o600, 0o600)


def test_nothing_happens_when_nothing_is_missing(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("migrate was called")

    monkeypatch.setattr(data_directory, "call_command", refuse)
    assert migrate_if_needed() is False


@needs_sqlite
def test_lost_logs_are_made_again(folder):
    prepare()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    with databases_in(folder):
        for path in folder.glob("auxiliary.db*"):
            path.unlink()
        ensure_auxiliary_tables()
    with closing(sqlite3.connect(folder / "auxiliary.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM _logs").fetchall() == [(0,)]
        assert database.execute("SELECT COUNT(*) FROM django_q_ormq").fetchall() == [(0,)]
        recorded = database.execute("SELECT DISTINCT app FROM django_migrations ORDER BY app").fetchall()
        assert recorded == [("crons",), ("django_q",)]


@needs_sqlite
def test_nothing_is_migrated_beside_the_logs_when_nothing_is_missing(folder, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("migrate was called")

    prepare()
    monkeypatch.setattr(data_directory, "call_command", refuse)
    with databases_in(folder):
        ensure_auxiliary_tables()


@needs_sqlite
def test_a_view_that_this_sqlite_cannot_read_is_named(folder):
    prepare()
    with databases_in(folder), closing(sqlite3.connect(folder / "data.db")) as database:
        database.execute("CREATE VIEW newer AS SELECT 1 AS id")
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_master SET sql = 'CREATE VIEW newer AS 1' WHERE name = 'newer'")
        database.commit()
    with databases_in(folder), pytest.raises(DataDirectoryUnusable) as refusal:
        prepare()
    assert str(refusal.value).startswith(
        f"{sqlite_description()} cannot read data.db because of its views: newer (near "
    )


@needs_sqlite
def test_a_broken_view_keeps_nothing_from_being_prepared(folder):
    folder.mkdir()
    with closing(sqlite3.connect(folder / "data.db")) as database:
        database.execute("CREATE VIEW lost AS SELECT id FROM gone")
        database.commit()
    prepare()
    assert migrations_on_disk() == recorded_migrations()


@needs_sqlite
def test_what_is_no_database_is_said_in_one_line(folder):
    folder.mkdir()
    (folder / "data.db").write_bytes(b"no database, but longer than a header" * 10)
    with pytest.raises(DataDirectoryUnusable) as refusal:
        prepare()
    assert str(refusal.value) == f"{folder / 'data.db'} cannot be used: file is not a database"


@needs_sqlite
@pytest.mark.parametrize("name", ["", "storage", "data.db", "auxiliary.db"])
def test_what_cannot_be_written_to_is_named(folder, name, monkeypatch):
    prepare()
    # Whoever runs the tests may be allowed everything, whatever the modes say.
    monkeypatch.setattr(os, "access", lambda path, mode: path != folder / name)
    with pytest.raises(DataDirectoryUnusable) as refusal:
        prepare()
    assert str(refusal.value) == f"{folder / name} cannot be written to."


def test_migrations_are_found_as_django_finds_them():
    loader = MigrationLoader(connection)
    assert migrations_on_disk() == set(loader.disk_migrations)
    assert recorded_migrations() == set(loader.applied_migrations)
    assert {config.label for config in apps.get_app_configs()} >= {app for app, _ in migrations_on_disk()}


def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, skip_checks=True)

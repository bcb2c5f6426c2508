"""What is looked at before a backup takes the place of the data; nothing changes until all of it is good."""

import shutil
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from platform_app.database.replacing import JOURNAL, is_ordered
from platform_app.database.sqlite_driver import sqlite3
from system_app.backups.creating import create_backup
from system_app.backups.errors import AnotherRuns, BackupFailed
from system_app.backups.places import backup_place
from system_app.backups.progress import Step
from system_app.backups.restoring import restore_backup
from system_app.backups.turns import Running, running
from system_app.events import backup_restore
from tests.files_app.s3_servers import as_json, new_bucket
from tests.system_app.backups.conftest import needs_sqlite
from tests.system_app.pocketbase_directory import contents
from tests.system_app.settings_row import save

pytestmark = [pytest.mark.django_db, needs_sqlite]


def state(directory: Path) -> dict[str, bytes]:
    """All but our locks."""
    return {name: text for name, text in contents(directory).items() if not name.startswith(".joey_")}


def repacked(directory: Path, change) -> str:
    """A good backup, changed by `change(folder)` when it is unpacked."""
    create_backup("good.zip")
    folder = directory.with_name("unpacked")
    shutil.unpack_archive(directory / "backups/good.zip", folder)
    change(folder)
    with zipfile.ZipFile(directory / "backups/changed.zip", "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, path.relative_to(folder))
    return "changed.zip"


def run_sql(statement: str):
    def change(folder: Path) -> None:
        connection = sqlite3.connect(folder / "data.db")
        connection.execute(statement)
        connection.commit()
        connection.close()

    return change


def damaged(folder: Path) -> None:
    raw = bytearray((folder / "data.db").read_bytes())
    raw[100:3000] = bytes(2900)
    (folder / "data.db").write_bytes(raw)


UNUSABLE = [
    pytest.param(
        lambda folder: (folder / "data.db").unlink(), "the archive has no data.db", id="no_database"
    ),
    pytest.param(
        lambda folder: (folder / "data.db").write_text("no"), "data.db cannot be read", id="no_sqlite"
    ),
    pytest.param(lambda folder: (folder / "data.db").write_bytes(b""), "no collections", id="empty"),
    pytest.param(damaged, "cannot be used", id="damaged"),
    pytest.param(
        lambda folder: (folder / "auxiliary.db").write_text("x" * 5000),
        "auxiliary.db cannot be read",
        id="logs",
    ),
    pytest.param(
        run_sql("UPDATE _params SET value = '\"c2VjcmV0\"'"), "SETTINGS_ENCRYPTION_KEY", id="other_key"
    ),
    pytest.param(
        run_sql("ALTER TABLE _collections RENAME COLUMN fields TO schema"), "older than 0.23", id="old_layout"
    ),
    pytest.param(
        lambda folder: (folder / "postgresql.dump").write_text("x"), "can only be restored there", id="dump"
    ),
]


@pytest.mark.parametrize(("change", "message"), UNUSABLE)
def test_a_backup_that_cannot_be_used_changes_nothing(directory, settings, change, message):
    settings.JOEY_SETTINGS_ENCRYPTION_KEY = ""
    key = repacked(directory, change)
    before = state(directory)
    steps: list[Step] = []
    with pytest.raises(BackupFailed, match=message):
        restore_backup(key, watch=steps.append)
    assert state(directory) == before
    assert not is_ordered()
    assert running() is None
    assert steps[-1].outcome


def test_a_good_one_is_ordered_and_nothing_else_begins_until_it_is_done(directory):
    create_backup("good.zip")
    before = state(directory)
    restore_backup("good.zip")
    assert is_ordered()
    assert {name: text for name, text in state(directory).items() if ".pb_temp" not in name} == before
    assert running() == Running("restore", "")
    for work in (create_backup, restore_backup):
        with pytest.raises(AnotherRuns):
            work("good.zip")


def test_a_file_that_is_in_no_place_of_backups(directory, tmp_path):
    create_backup("good.zip")
    (directory / "backups/good.zip").rename(tmp_path / "mine.zip")
    restore_backup("mine.zip", archive=tmp_path / "mine.zip")
    assert is_ordered()
    assert (tmp_path / "mine.zip").exists()


def test_a_receiver_says_what_stays(directory, connect):
    create_backup("good.zip")
    seen = []

    def look(event, **kwargs):
        seen.append((event.name, list(event.exclude)))
        event.exclude.append("mine")

    connect(backup_restore, look)
    restore_backup("good.zip")
    assert seen == [("good.zip", ["backups", ".pb_temp_to_delete", ".autocert_cache", "lost+found"])]
    assert '"mine"' in (directory / JOURNAL).read_text()


def test_a_receiver_keeps_it_from_happening(directory, connect):
    create_backup("good.zip")

    def refuse(event, **kwargs):
        raise ValueError("not now")

    connect(backup_restore, refuse)
    with pytest.raises(ValueError, match="not now"):
        restore_backup("good.zip")
    assert not is_ordered()


def test_from_and_to_a_bucket(directory):
    save(backups={"s3": as_json(new_bucket())})
    assert create_backup("far.zip") == "far.zip"
    assert not (directory / "backups").exists()
    (backup,) = backup_place().list()
    assert (backup.key, backup.size_bytes > 1000) == ("far.zip", True)
    restore_backup("far.zip")
    assert is_ordered()
    assert [path.name[:8] for path in (directory / ".pb_temp_to_delete").iterdir()] == ["restore_"]


def test_files_in_folders_of_a_bucket_are_no_backups(directory):
    save(backups={"s3": as_json(new_bucket())})
    place = backup_place()
    place.storage.save("collection/record/picture.png", ContentFile(b"x"))
    place.store("b.zip", ContentFile(b"zip"))
    assert [backup.key for backup in place.list()] == ["b.zip"]


def test_a_bucket_that_is_down(directory):
    bucket = as_json(new_bucket())
    save(backups={"s3": {**bucket, "endpoint": "http://127.0.0.1:1"}})
    with pytest.raises(BackupFailed, match="the backup b.zip was not made"):
        create_backup("b.zip")
    with pytest.raises(BackupFailed, match="the backup b.zip cannot be restored"):
        restore_backup("b.zip")
    assert list((directory / ".pb_temp_to_delete").iterdir()) == []
    assert running() is None

"""What is in a backup, who may change that, and what becomes of one that cannot be made."""

import errno
import os
import stat
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from files_app.local_storage import LocalRecordStorage
from platform_app.database.sqlite_driver import sqlite3
from system_app.backups import creating, room
from system_app.backups.creating import create_backup
from system_app.backups.errors import AnotherRuns, BackupFailed
from system_app.backups.progress import Step
from system_app.backups.turns import Running, running, taking_turns
from system_app.backups.zip_writing import ZipWriter
from system_app.events import backup_create
from tests.small_volume import remount, small_volume
from tests.system_app.backups.conftest import needs_sqlite

pytestmark = [pytest.mark.django_db, needs_sqlite]

PHOTO = "storage/pbc_notes/n1/a_1.png"


def names_in(directory: Path, key: str) -> set[str]:
    with zipfile.ZipFile(directory / "backups" / key) as archive:
        assert archive.testzip() is None
        return set(archive.namelist())


def temporary(directory: Path) -> list[Path]:
    return list((directory / ".pb_temp_to_delete").glob("*"))


def fill(directory: Path, *names: str) -> None:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_everything_of_the_data_directory_but_what_is_excluded(directory):
    fill(directory, "types.d.ts", "mine/note.txt", ".joey_secret_key", "backups/old.zip")
    fill(directory, ".notify/1", ".autocert_cache/cert", "lost+found/x", ".pb_temp_to_delete/x/y", ".bus/1")
    (directory / "link").symlink_to("/etc/hostname")
    os.mkfifo(directory / "pipe")
    fill(directory, "storage/.kept/pbc_notes/n9/gone.txt")
    assert create_backup("b.zip") == "b.zip"
    expected = {"data.db", "auxiliary.db", PHOTO, "types.d.ts", "mine/note.txt", ".joey_secret_key"}
    names = names_in(directory, "b.zip")
    assert names == expected | {name for name in names if name.endswith(".attrs")}
    assert stat.S_IMODE((directory / "backups/b.zip").stat().st_mode) == 0o600
    assert running() is None


def test_the_databases_are_whole_and_without_side_files(directory):
    with closing(sqlite3.connect(directory / "data.db")) as writer:
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("INSERT INTO notes (id, title) VALUES ('n4', 'only in the log')")
        writer.commit()
        create_backup("b.zip")
    names = names_in(directory, "b.zip")
    assert not [name for name in names if name.endswith(("-wal", "-shm"))]
    with zipfile.ZipFile(directory / "backups/b.zip") as archive:
        archive.extract("data.db", directory / "out")
    with closing(sqlite3.connect(directory / "out/data.db")) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("SELECT title FROM notes WHERE id = 'n4'").fetchall() == [("only in the log",)]


def test_writers_go_on_while_the_databases_are_copied(directory, monkeypatch):
    """The copy is of the moment when it began; SQLite does not begin it anew for each of their writes."""
    with closing(sqlite3.connect(directory / "data.db")) as writer:
        writer.execute("CREATE TABLE bulk (text TEXT)")
        writer.executemany("INSERT INTO bulk VALUES (?)", [("x" * 4000,)] * 3000)
        writer.commit()
        calls = 0

        def write(step: Step) -> None:
            nonlocal calls
            calls += 1
            writer.execute("INSERT INTO notes (id, title) VALUES (?, 'meanwhile')", [f"w{calls}"])
            writer.commit()

        create_backup("b.zip", watch=write)
        assert calls > 3
    with zipfile.ZipFile(directory / "backups/b.zip") as archive:
        archive.extract("data.db", directory / "out")
    with closing(sqlite3.connect(directory / "out/data.db")) as copy:
        assert copy.execute("SELECT count(*) FROM notes WHERE title = 'meanwhile'").fetchone()[0] == 0
        assert copy.execute("SELECT count(*) FROM bulk").fetchone()[0] == 3000


def test_a_file_that_leaves_before_it_is_packed_is_in_it(directory, monkeypatch):
    snapshot = creating.snapshot

    def then_removed(*args):
        snapshot(*args)
        LocalRecordStorage(location=directory / "storage").delete_prefix("pbc_notes/n1/")

    monkeypatch.setattr(creating, "snapshot", then_removed)
    create_backup("b.zip")
    assert PHOTO in names_in(directory, "b.zip")
    assert not (directory / PHOTO).exists()
    assert [path.name for path in (directory / "storage").glob(".kept*")] == []


def test_progress_comes_to_its_end(directory):
    steps: list[Step] = []
    create_backup("b.zip", watch=steps.append)
    assert steps[0].done_bytes < steps[-1].done_bytes == steps[-1].total_bytes
    assert {(step.work, step.key) for step in steps} == {("backup", "b.zip")}
    assert [step.outcome for step in steps if step.outcome] == ["done"]


# --- hooks ---


def test_a_receiver_changes_name_and_contents(directory, connect):
    fill(directory, "mine/note.txt", "mine/large/video.mp4")

    def change(event, **kwargs):
        assert event.name == ""
        assert event.exclude == ["backups", ".pb_temp_to_delete", ".notify", ".autocert_cache", "lost+found"]
        event.name = "renamed.zip"
        event.exclude += ["mine/large", "storage"]

    connect(backup_create, change)
    assert create_backup() == "renamed.zip"
    assert names_in(directory, "renamed.zip") == {"data.db", "auxiliary.db", "mine/note.txt"}


def test_a_receiver_sees_the_backup_behind_its_yield(directory, connect):
    seen = []

    def look(event, **kwargs):
        seen.append((directory / "backups/b.zip").exists())
        yield
        seen.append((directory / "backups/b.zip").exists())

    connect(backup_create, look)
    create_backup("b.zip")
    assert seen == [False, True]


def test_a_receiver_that_raises_keeps_the_backup_from_being_made(directory, connect):
    def refuse(event, **kwargs):
        raise ValueError("not now")

    connect(backup_create, refuse)
    with pytest.raises(ValueError, match="not now"):
        create_backup("b.zip")
    assert not (directory / "backups/b.zip").exists()
    assert running() is None


# --- one at a time ---


@pytest.mark.parametrize("work", ["backup", "restore"])
def test_another_one_is_refused(directory, work):
    with taking_turns(work, "a.zip"):
        assert running() == Running(work, "a.zip")
        with pytest.raises(AnotherRuns):
            create_backup("b.zip")
    assert create_backup("b.zip") == "b.zip"


# --- what goes wrong ---


def no_room(monkeypatch, directory: Path) -> None:
    monkeypatch.setattr(room, "room_bytes", lambda folder: 10)


def unreadable(monkeypatch, directory: Path) -> None:
    monkeypatch.setattr(creating, "snapshot", raising(sqlite3.OperationalError("database is locked")))


def full_while_packing(monkeypatch, directory: Path) -> None:
    error = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(ZipWriter, "add", raising(error))


def raising(error: Exception):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(no_room, "not enough room: .* bytes are needed, and there are 10", id="no_room"),
        pytest.param(unreadable, "database is locked", id="locked_database"),
        pytest.param(full_while_packing, "No space left on device", id="full"),
    ],
)
def test_what_cannot_be_made_leaves_nothing(directory, monkeypatch, spoil, message):
    fill(directory, "backups/earlier.zip")
    steps: list[Step] = []
    spoil(monkeypatch, directory)
    with pytest.raises(BackupFailed, match=f"the backup b.zip was not made: .*{message}"):
        create_backup("b.zip", watch=steps.append)
    assert [path.name for path in (directory / "backups").iterdir()] == ["earlier.zip"]
    assert temporary(directory) == []
    assert list((directory / "storage").glob(".kept*")) == []
    assert steps[-1].outcome
    assert running() is None


@pytest.fixture
def volume(tmp_path):
    with small_volume(tmp_path / "volume", 8) as folder:
        yield folder


def test_a_small_volume_is_not_filled_to_its_end(directory, volume, settings):
    """What is left is the server's, which goes on to write there."""
    settings.JOEY_BACKUPS_DIR = volume
    (directory / "large").write_bytes(os.urandom(20_000_000))
    with pytest.raises(BackupFailed, match="the disk is full, but for what is left to the server"):
        create_backup("b.zip")
    assert list(volume.iterdir()) == []
    (directory / "large").unlink()
    create_backup("b.zip")
    assert [path.name for path in volume.iterdir() if path.suffix == ".zip"] == ["b.zip"]


def test_a_volume_that_cannot_be_written_to(directory, volume, settings):
    settings.JOEY_BACKUPS_DIR = volume
    remount(volume, "ro")
    with pytest.raises(BackupFailed, match="Read-only file system"):
        create_backup("b.zip")
    assert running() is None

"""Server processes that notice a restore, and what is cleared when one starts."""

import threading
from pathlib import Path

import pytest

from platform_app.database.replacing import JOURNAL
from system_app.backups import following
from system_app.backups.following import Follower, clear_leftovers
from system_app.backups.turns import taking_turns

SECONDS = 60.0  # a limit only for what hangs


@pytest.fixture
def directory(tmp_path, settings, monkeypatch) -> Path:
    monkeypatch.setattr(following, "tell_log", lambda: None)  # test_telling.py
    settings.JOEY_DATA_DIR = tmp_path
    settings.JOEY_BACKUPS_DIR = tmp_path / "backups"
    settings.JOEY_BACKUPS_DIR.mkdir()
    return tmp_path


def test_a_process_starts_anew_when_a_restore_is_ordered(directory, monkeypatch):
    monkeypatch.setattr(following, "_LOOKS_EVERY_SECONDS", 0.01)
    asked = threading.Event()
    follower = Follower()
    follower.restarts = asked.set
    follower.start()
    assert not asked.wait(0.05)
    (directory / JOURNAL).write_text("{}")
    assert asked.wait(SECONDS)
    follower.stop()


def test_one_that_has_stopped_does_not(directory, monkeypatch):
    monkeypatch.setattr(following, "_LOOKS_EVERY_SECONDS", 0.01)
    asked = threading.Event()
    follower = Follower()
    follower.restarts = asked.set
    follower.start()
    follower.stop()
    (directory / JOURNAL).write_text("{}")
    assert not asked.wait(0.1)


@pytest.fixture
def leftovers(directory) -> Path:
    """What killed backups and restores leave, and a backup."""
    for name in (".pb_temp_to_delete/restore_1/old/data.db", ".pb_temp_to_delete/backup_x"):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left")
    for name in (".0123456789abcdef.attrs", "b.zip", "b.zip.attrs"):
        (directory / "backups" / name).write_text("x")
    return directory


def contents(directory: Path) -> set[str]:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)) for path in files if not path.name.startswith(".joey")}


@pytest.mark.django_db
def test_what_was_left_goes_and_backups_stay(leftovers):
    clear_leftovers()
    assert contents(leftovers) == {"backups/b.zip", "backups/b.zip.attrs"}


@pytest.mark.django_db
def test_what_is_under_way_stays(leftovers):
    before = contents(leftovers)
    with taking_turns("backup", "x.zip"):
        clear_leftovers()
    assert contents(leftovers) == before


def test_nobody_is_refused_where_nothing_was_left(directory, monkeypatch):
    monkeypatch.setattr(following, "taking_turns", lambda *args: pytest.fail("took a turn"))
    clear_leftovers()

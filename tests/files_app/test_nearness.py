"""Which files are read on the event loop's thread."""

import pytest

from files_app import nearness
from files_app.local_storage import LocalRecordStorage
from files_app.nearness import MOST_SECONDS, SLOW_TIMES, files_are_near, reading


class Clock:
    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(nearness, "time", clock)
    monkeypatch.setattr(nearness, "_disk", nearness._Disk())
    return clock


@pytest.fixture
def stored_at(monkeypatch, clock):
    """Have records' files in a folder; the database is in another one, `devices` says on which disks."""
    nearness._is_beside_database.cache_clear()

    def put(location, database, devices=None, vendor="sqlite"):
        storage = LocalRecordStorage(location=location)
        monkeypatch.setattr(nearness, "record_storage", lambda: storage)

        class Connection:
            settings_dict = {"NAME": str(database)}

        Connection.vendor = vendor
        monkeypatch.setattr(nearness, "connections", {"default": Connection})
        if devices is not None:
            monkeypatch.setattr(nearness, "_device", lambda folder: devices)

    yield put
    nearness._is_beside_database.cache_clear()


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "data.db"
    path.write_bytes(b"")
    return path


def test_files_beside_the_database_are_near(stored_at, tmp_path, database):
    stored_at(tmp_path / "storage" / "to" / "come", database)
    assert files_are_near()


def test_files_on_another_disk_are_not(stored_at, tmp_path, database):
    stored_at(tmp_path / "storage", database, devices=database.stat().st_dev + 1)
    assert not files_are_near()


def test_without_a_database_here_nothing_is_near(stored_at, tmp_path, database):
    stored_at(tmp_path / "storage", database, vendor="postgresql")
    assert not files_are_near()
    nearness._is_beside_database.cache_clear()
    stored_at(tmp_path / "storage", tmp_path / "none.db")
    assert not files_are_near()


def test_what_is_in_a_bucket_is_not_near(bucket, monkeypatch):
    monkeypatch.setattr(nearness, "record_storage", lambda: bucket)
    assert not files_are_near()


@pytest.mark.parametrize("took", [MOST_SECONDS * 1.1, 30.0])
def test_a_slow_disk_is_left_to_threads_for_a_while(stored_at, tmp_path, database, clock, took):
    stored_at(tmp_path / "storage", database)
    with reading():
        clock.now += MOST_SECONDS * 0.9
    assert files_are_near()
    with pytest.raises(FileNotFoundError), reading():
        clock.now += took
        raise FileNotFoundError
    clock.now += SLOW_TIMES * took * 0.99
    assert not files_are_near()
    clock.now += SLOW_TIMES * took * 0.02
    assert files_are_near()

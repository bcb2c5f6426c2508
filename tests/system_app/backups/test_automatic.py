"""Backups by the schedule: which are kept, and who hears of one that failed."""

import logging
import os

import pytest
from django.core import mail
from django.core.files.base import ContentFile

from system_app.backups import automatic
from system_app.backups.errors import BackupFailed
from system_app.backups.names import AUTO_PREFIX, new_name
from system_app.backups.places import backup_place
from system_app.crons.registry import crons
from tests.auth_app.accounts import join
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path, db):
    settings.JOEY_DATA_DIR = tmp_path
    settings.JOEY_BACKUPS_DIR = tmp_path / "backups"
    save()


@pytest.fixture
def made(monkeypatch):
    """The names of backups that were made; each is a small file."""
    names: list[str] = []

    def create(name, *, watch):
        names.append(name)
        backup_place().store(name, ContentFile(b"zip"))
        return name

    monkeypatch.setattr(automatic, "create_backup", create)
    return names


def store(tmp_path, *keys: str) -> None:
    """Backups, the first one the oldest."""
    for number, key in enumerate(keys):
        backup_place().store(key, ContentFile(b"zip"))
        os.utime(tmp_path / "backups" / key, (1_700_000_000 + number,) * 2)


def keys() -> list[str]:
    return [backup.key for backup in backup_place().list()]


@pytest.mark.parametrize(
    ("expression", "listed"), [("", []), ("0 3 * * *", ["0 3 * * *"]), ("@daily", ["0 0 * * *"])]
)
def test_the_schedule_is_that_of_the_settings_now(expression, listed):
    save(backups={"cron": expression})
    assert [found for job_id, found in crons.listed() if job_id == "__pbAutoBackup__"] == listed


def test_the_newest_are_kept_and_those_of_people_too(tmp_path, made):
    save(backups={"cron": "@daily", "cronMaxKeep": 2})
    store(tmp_path, f"{AUTO_PREFIX}z.zip", f"{AUTO_PREFIX}b.zip", f"{AUTO_PREFIX}a.zip", "mine.zip")
    automatic.run()
    (name,) = made
    assert keys() == sorted([f"{AUTO_PREFIX}a.zip", name, "mine.zip"])


def failing(monkeypatch, error: Exception) -> None:
    def create(name, *, watch):
        raise error

    monkeypatch.setattr(automatic, "create_backup", create)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(BackupFailed("the backup was not made: <disk> full"), id="failed"),
        pytest.param(ValueError("a receiver: <disk> full"), id="receiver"),
    ],
)
def test_superusers_hear_of_a_failure(monkeypatch, tmp_path, error, caplog):
    for number in (1, 2):
        join("_superusers", f"root0000000000{number}", email=f"root{number}@example.com")
    store(tmp_path, *(f"{AUTO_PREFIX}{number}.zip" for number in range(5)))
    failing(monkeypatch, error)
    automatic.run()
    ours = [message for message in mail.outbox if message.to[0].startswith("root")]
    assert [message.to for message in ours] == [["root1@example.com"], ["root2@example.com"]]
    assert {message.subject for message in ours} == {"[Acme system alert] Autobackup failure"}
    html = str(ours[0].alternatives[0][0])
    assert "Failed to create/upload automated backup. Raw error:" in html
    assert "&lt;disk&gt; full" in html
    assert "[Backup cron] Failed to create backup @auto_pb_backup_acme_" in caplog.text
    assert len(keys()) == 3  # those beyond the limit go all the same


def test_mails_that_do_not_go_out_are_logged(monkeypatch, caplog):
    join("_superusers", "root00000000001", email="root1@example.com")
    failing(monkeypatch, BackupFailed("no"))
    monkeypatch.setattr(
        "system_app.alerts.send", lambda message: (_ for _ in ()).throw(OSError("SMTP is down"))
    )
    caplog.set_level(logging.WARNING)
    automatic.run()
    assert "Failed to send backup error alerts" in caplog.text
    assert "SMTP is down" in caplog.text


@pytest.mark.parametrize(
    ("app_name", "part"),
    [
        pytest.param("Acme", "acme", id="plain"),
        pytest.param("My shop, testDB 2", "my_shop_test_db_2", id="words"),
        pytest.param("Größe", "gr_e", id="beyond_ascii"),
        pytest.param("x" * 60, "x" * 50, id="long"),
    ],
)
def test_names_say_whose_backup_it_is(app_name, part):
    save(meta={"appName": app_name})
    name = new_name(AUTO_PREFIX)
    assert name.removesuffix(".zip")[:-15] == f"@auto_pb_backup_{part}"
    assert len(name.rpartition("_")[2]) == len("20261129120000.zip")

"""`manage.py doctor` on how an installation is run: what it warns of, and what it calls wrong."""

import os
import resource
import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from auth_app import superusers
from platform_app.database.dates import in_seconds
from platform_app.database.replacing import JOURNAL
from platform_app.database.routers import log_database
from system_app.backups.places import Backup
from system_app.examining import asking, directory, operation, saved
from system_app.examining.finding import Finding
from system_app.logs.rows_sql import Row, insert
from tests.auth_app.accounts import PASSWORD, change_superuser_options
from tests.files_app.s3_servers import as_json, new_bucket
from tests.platform_app.mail.servers import mail_server
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db(databases="__all__")

needs_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite files")
KEY = {"accessKey": "a", "secret": "s"}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def root(tmp_path, settings) -> Path:
    """A data directory of one's own; the database stays that of the tests."""
    folder = tmp_path / "pb_data"
    for name in ("storage", "backups", ".pb_temp_to_delete"):
        (folder / name).mkdir(mode=0o700, parents=True)
    (folder / "data.db").touch(0o600)
    settings.JOEY_DATA_DIR = folder
    settings.JOEY_STORAGE_DIR = folder / "storage"
    settings.JOEY_BACKUPS_DIR = folder / "backups"
    settings.JOEY_MIGRATIONS_DIR = tmp_path / "pb_migrations"
    settings.JOEY_HOOKS_DIR = tmp_path / "pb_hooks"
    save()
    return folder


def found(check) -> dict[str, str]:
    """What a check finds, by its kind; every warning and everything wrong comes with advice."""
    findings = list(check())
    assert all(bool(finding.kind) is bool(finding.advice) for finding in findings)
    return {finding.kind: finding.text for finding in findings}


# --- the directory ------------------------------------------------------------------------------------


@pytest.fixture
def open_parents(root):
    """Others can come as far as the directory."""
    parents = [*root.parents]
    before = [(folder, folder.stat().st_mode) for folder in parents]
    for folder in parents:
        folder.chmod(folder.stat().st_mode | 0o001)
    yield
    for folder, mode in before:
        folder.chmod(mode & 0o7777)


@pytest.mark.parametrize(
    ("modes", "kinds"),
    [
        pytest.param({"": 0o700, "data.db": 0o644}, {""}, id="the_directory_is_closed"),
        pytest.param({"": 0o755, "data.db": 0o600}, {""}, id="the_file_is_closed"),
        pytest.param({"": 0o755, "data.db": 0o644}, {"warning"}, id="others_read"),
        pytest.param({"": 0o757, "data.db": 0o600}, {"wrong", ""}, id="others_write"),
    ],
)
def test_permissions(root, open_parents, modes, kinds):
    for name, mode in modes.items():
        (root / name).chmod(mode)
    assert set(found(directory.permissions)) == kinds


@pytest.mark.parametrize("variable", ["JOEY_MIGRATIONS_DIR", "JOEY_HOOKS_DIR"])
def test_code_that_others_can_change_is_wrong(root, open_parents, settings, tmp_path, variable):
    folder = tmp_path / "code"
    folder.mkdir()
    folder.chmod(0o777)
    setattr(settings, variable, folder)
    assert str(folder) in found(directory.permissions)["wrong"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize(
    ("owner", "file_owner", "kinds"),
    [
        pytest.param(1000, 1000, {"warning"}, id="root_looks_after_anothers"),
        pytest.param(1000, 0, {"warning", "wrong"}, id="root_has_left_a_file"),
        pytest.param(0, 0, {"warning"}, id="all_is_roots"),
    ],
)
def test_owners(root, owner, file_owner, kinds):
    os.chown(root, owner, owner)
    os.chown(root / "data.db", file_owner, file_owner)
    assert set(found(directory.owners)) == kinds


def test_a_server_with_a_user_of_its_own_is_well(root, monkeypatch):
    monkeypatch.setattr(directory.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(Path, "stat", lambda path, **kwargs: os.stat_result((0o700, *[1000] * 9)))
    assert found(directory.owners) == {}


@pytest.mark.parametrize(
    ("free", "room", "kind"),
    [
        pytest.param(900, 800, "", id="room"),
        pytest.param(90, 80, "warning", id="little"),
        pytest.param(90, -1, "wrong", id="none"),
    ],
)
def test_room(root, monkeypatch, free, room, kind):
    usage = type("Usage", (), {"free": free, "total": 1000, "used": 1000 - free})
    monkeypatch.setattr(directory.shutil, "disk_usage", lambda folder: usage)
    monkeypatch.setattr(directory, "room_bytes", lambda folder: room)
    assert set(found(directory.room)) == {kind}


def test_too_little_room_for_a_backup(root, monkeypatch):
    (root / "data.db").write_bytes(b"x" * 1000)
    monkeypatch.setattr(directory, "room_bytes", lambda folder: 999)
    assert "warning" in found(directory.room)


def test_a_clock_that_goes_right(root):
    (root / "backups/a.zip").touch()
    insert([Row("now000000000000", 0, "now", "{}", in_seconds(0))])
    assert set(found(directory.clock)) == {""}


def test_an_entry_of_a_time_to_come(root):
    insert([Row("later0000000000", 0, "later", "{}", in_seconds(3600))])
    assert "an entry of the log of a time to come" in found(directory.clock)["warning"]


def test_a_backup_of_a_time_to_come(root):
    with connections[log_database()].cursor() as cursor:
        cursor.execute('DELETE FROM "_logs"')
    (root / "backups/a.zip").touch()
    os.utime(root / "backups/a.zip", (time.time() + 3600,) * 2)
    assert "a backup of a time to come" in found(directory.clock)["warning"]


@pytest.mark.parametrize(
    "name", [".pb_temp_to_delete/backup_1", "backups/.0123456789abcdef.attrs", "storage/.kept"]
)
def test_what_was_cut_short(root, name):
    (root / name).touch()
    assert found(directory.leftovers) == {}  # it may be under way
    os.utime(root / name, (time.time() - 7200,) * 2)
    assert name in found(directory.leftovers)["warning"]


def test_a_restore_that_waits(root):
    (root / JOURNAL).touch()
    assert "a restore waits" in found(directory.leftovers)["warning"]


# --- how it is run ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "says"), [(0, "there is none"), (1, "there is one only"), (2, None)])
def test_superusers(count, says):
    with connection.cursor() as cursor:
        cursor.execute('DELETE FROM "_superusers"')
    for number in range(count):
        superusers.create_superuser(f"root{number}@example.com", PASSWORD)
    change_superuser_options(
        mfa={"enabled": True, "duration": 60, "rule": ""}, otp={"enabled": True, "duration": 60, "length": 8}
    )
    assert found(operation.superusers).get("warning") == says


def test_superusers_without_a_second_factor():
    superusers.create_superuser("root1@example.com", PASSWORD)
    superusers.create_superuser("root2@example.com", PASSWORD)
    assert found(operation.superusers)["warning"] == "a password alone signs them in"


@pytest.mark.parametrize(("enabled", "kind"), [(True, ""), (False, "warning")], ids=["on", "off"])
def test_rate_limits(enabled, kind):
    save(rateLimits={"enabled": enabled})
    assert set(found(operation.limits)) == {kind}


@pytest.mark.parametrize(
    ("hard", "kind"),
    [
        pytest.param(65536, "", id="enough"),
        pytest.param(1024, "warning", id="too_few"),
        pytest.param(resource.RLIM_INFINITY, "", id="unlimited"),
    ],
)
def test_descriptors(monkeypatch, hard, kind):
    monkeypatch.setattr(operation.resource, "getrlimit", lambda what: (256, hard))
    assert set(found(operation.descriptors)) == {kind}


PUBLIC, LOCAL = "https://api.example.com", "http://localhost:8090"


@pytest.mark.parametrize(
    ("url", "host", "headers", "leftmost", "says"),
    [
        pytest.param(PUBLIC, "127.0.0.1", ["X-Forwarded-For"], False, None, id="behind_a_proxy"),
        pytest.param(PUBLIC, "10.0.0.5", ["X-Forwarded-For"], False, None, id="in_a_network_of_its_own"),
        pytest.param(PUBLIC, "0.0.0.0", [], False, None, id="without_a_proxy"),  # noqa: S104 - not listened on
        pytest.param(LOCAL, "127.0.0.1", [], False, "meta.appURL is one of this machine", id="local_address"),
        pytest.param(PUBLIC, "0.0.0.0", ["X-Real-IP"], False, "its headers are believed, and HOST is 0.0.0.0",  # noqa: S104
                     id="past_the_proxy"),
        pytest.param(PUBLIC, "127.0.0.1", ["X-Forwarded-For"], True, "the leftmost address is believed",
                     id="leftmost"),
        pytest.param(PUBLIC, "127.0.0.1", [], False, "no header is believed", id="no_header"),
    ],
)  # fmt: skip
def test_addresses_and_proxies(settings, url, host, headers, leftmost, says):
    settings.JOEY_HOST = host
    save(meta={"appURL": url}, trustedProxy={"headers": headers, "useLeftmostIP": leftmost})
    warning = found(operation.address).get("warning")
    assert warning is None if says is None else warning.startswith(says)


@pytest.mark.parametrize(
    ("enabled", "address", "warns"),
    [
        pytest.param(True, "support@example.com", True, id="not_changed"),
        pytest.param(True, "me@mine.example", False, id="ones_own"),
        pytest.param(False, "support@example.com", False, id="no_mail_server"),
    ],
)
def test_the_sender_of_mails(enabled, address, warns):
    save(smtp={"enabled": enabled}, meta={"senderAddress": address})
    assert ("warning" in found(operation.sender)) is warns


@pytest.mark.parametrize(
    ("key", "password", "kind"),
    [
        pytest.param("k" * 32, "hush", "", id="encrypted"),
        pytest.param("", "", "", id="no_secrets"),
        pytest.param("", "hush", "warning", id="open_secrets"),
    ],
)
def test_encryption(settings, key, password, kind):
    settings.JOEY_SETTINGS_ENCRYPTION_KEY = key
    save(smtp={"password": password})
    assert set(found(operation.encryption)) == {kind}


def test_a_log_that_is_off():
    save(logs={"maxDays": 0})
    assert found(operation.logs) == {"warning": "nothing is logged"}


def test_a_log_that_is_large(root, monkeypatch):
    (root / "auxiliary.db").write_bytes(b"x" * 2)
    assert set(found(operation.logs)) == {""}
    monkeypatch.setattr(operation, "_LARGE_LOG_BYTES", 1)
    assert set(found(operation.logs)) == {"warning"}


@pytest.mark.parametrize("debug", [True, False])
def test_debug(settings, debug):
    settings.DEBUG = debug
    assert ("warning" in found(operation.development)) is debug


# --- backups ------------------------------------------------------------------------------------------


def made(*ages: timedelta) -> list[Backup]:
    return [Backup(f"{number}.zip", 1, datetime.now(UTC) - age) for number, age in enumerate(ages)]


@pytest.mark.parametrize(
    ("cron", "ages", "says"),
    [
        pytest.param("", (), "none, and none to come", id="none"),
        pytest.param("", (DAY, 30 * DAY), None, id="by_hand"),
        pytest.param("", (30 * DAY,), "1, the newest of", id="by_hand_and_old"),
        pytest.param("@hourly", (timedelta(minutes=1),), None, id="on_time"),
        pytest.param("@hourly", (4 * timedelta(hours=1),), "1, the newest of", id="one_is_missing"),
        pytest.param("@hourly", (), "none yet; that of", id="none_was_made"),
        pytest.param("@yearly", (30 * DAY,), None, id="seldom"),
    ],
)
def test_the_age_of_backups(cron, ages, says):
    save(backups={"cron": cron})
    warning = found(lambda: saved.age_of(made(*ages))).get("warning")
    assert warning is None if says is None else warning.startswith(says)


def test_the_place_of_backups(root, monkeypatch):
    (root / "backups/a.zip").touch()
    assert found(saved.backups)["warning"] == "on the disk that the data is on"
    stat = Path.stat

    def on_another_disk(path, **kwargs):
        status = stat(path, **kwargs)
        return os.stat_result((*status[:2], 99, *status[3:10])) if path == root / "backups" else status

    monkeypatch.setattr(Path, "stat", on_another_disk)
    assert found(saved.backups) == {"": "on another disk than the data"}


def test_backups_in_a_bucket_are_looked_for_when_asked():
    s3 = as_json(new_bucket())
    save(backups={"s3": s3})
    assert found(saved.backups) == {"": "in a bucket; `doctor --ask` looks there"}
    assert found(asking.buckets) == {"": "the bucket answers", "warning": "none, and none to come"}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="about PostgreSQL")
@pytest.mark.parametrize(("there", "kind"), [(True, ""), (False, "warning")])
def test_postgresqls_tools(monkeypatch, there, kind):
    from system_app.backups import postgresql_tools

    monkeypatch.setattr(postgresql_tools, "tools_are_there", lambda: there)
    assert set(found(saved.tools)) == {kind}


# --- servers that are asked -------------------------------------------------------------------------------


def test_a_bucket_that_is_away():
    save(s3={"enabled": True, "bucket": "b", "endpoint": "http://127.0.0.1:9", "region": "r", **KEY})
    assert found(asking.buckets)["wrong"].startswith("the bucket: ")


def test_a_mail_server_that_answers():
    with mail_server() as server:
        save(smtp={"enabled": True, "host": "127.0.0.1", "port": server.port})
        assert found(asking.mail_server) == {"warning": "the mail server answers, and offers no encryption"}
        assert server.received == []


@pytest.mark.parametrize("enabled", [True, False])
def test_a_mail_server_that_is_away(enabled):
    save(smtp={"enabled": enabled, "host": "127.0.0.1", "port": 9})
    assert ("wrong" in found(asking.mail_server)) is enabled


def test_nobody_is_asked_unless_wanted(monkeypatch):
    def ask():
        yield Finding("Asked", "yes")

    monkeypatch.setattr("system_app.doctor.ASKING_CHECKS", (ask,))
    assert ["Asked" in said for said in (report(), report("--ask"))] == [False, True]


def report(*arguments: str) -> str:
    output = StringIO()
    try:
        call_command("doctor", *arguments, stdout=output, no_color=True)
    except CommandError as error:
        output.write(str(error))
    return output.getvalue()


def test_warnings_are_marked_counted_and_no_failure(monkeypatch):
    def warn():
        yield Finding("Topic", "so and so", "warning", "do this")
        yield Finding("Topic", "fine")

    monkeypatch.setattr("system_app.doctor.CHECKS", (warn, warn))
    monkeypatch.setattr("system_app.doctor._is_new", lambda: True)
    output = StringIO()
    call_command("doctor", stdout=output, no_color=True)
    lines = output.getvalue().splitlines()
    assert lines[:3] == ["Topic        so and so  <- warning", f"{'':<11}    do this", "Topic        fine"]
    assert lines[-1] == "2 warnings."

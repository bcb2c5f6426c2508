"""`manage.py doctor`: what it says of an installation, what it calls wrong, and what it keeps to itself."""

import platform
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import django
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from collections_app import models
from collections_app.collection import Collection
from collections_app.fields.registry import field_from_json
from platform_app.database import data_directory
from platform_app.database.sqlite_driver import IS_OWN, sqlite3
from platform_app.runtime_settings.current import forget_settings
from platform_app.wire.patterns.matching import IS_RE2
from system_app import doctor
from system_app.tls.attempts import Attempt, note
from system_app.tls.certificates import Certificates
from tests.process.tls_proxy import self_signed
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db(databases="__all__")

ID = field_from_json({"type": "text", "name": "id", "id": "id"})

needs_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite files")


def report() -> tuple[list[str], str]:
    """`(the lines, the closing complaint)`; no complaint when nothing is wrong."""
    output = StringIO()
    try:
        call_command("doctor", stdout=output, no_color=True)
    except CommandError as error:
        return output.getvalue().splitlines(), str(error)
    return output.getvalue().splitlines(), ""


def line(topic: str, text: str) -> str:
    return f"{topic:<11}  {text}"


@needs_sqlite
def test_a_sound_installation_is_described(settings):
    lines, complaint = report()
    assert complaint == ""
    assert lines[:2] == [
        line("Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        line("Django", django.__version__),
    ]
    assert lines[2].startswith(line("SQLite", f"{sqlite3.sqlite_version} ("))
    assert ("pysqlite3 0" in lines[2]) is IS_OWN
    assert lines[3].startswith(line("Patterns", "RE2 (google-re2 1" if IS_RE2 else "Joey's own matcher"))
    assert lines[4] == line("Directory", str(settings.JOEY_DATA_DIR))
    (database,) = [entry for entry in lines if entry.startswith("Database")]
    assert database.startswith(line("Database", f"SQLite {sqlite3.sqlite_version}"))
    assert database.endswith(f", {settings.JOEY_DATA_DIR}/data.db")
    for entry in (
        line("Migrations", "all applied"),
        line("Settings", "can be read"),
        line("Mail", f"leaves by {settings.EMAIL_BACKEND}"),
        line("Files", f"in {settings.JOEY_STORAGE_DIR}"),
    ):
        assert entry in lines
    assert not [entry for entry in lines if entry.endswith("<- wrong")]


def test_files_in_a_bucket_are_told_without_its_name():
    keys = {"accessKey": "a", "secret": "s"}
    save(s3={"enabled": True, "bucket": "b", "endpoint": "http://127.0.0.1:1", "region": "r", **keys})
    assert [entry for entry in report()[0] if entry.startswith("Files")] == [line("Files", "in a bucket")]


def test_files_in_a_storage_of_the_project_are_told_by_its_class(settings):
    own = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "records": own}
    (files,) = [entry for entry in report()[0] if entry.startswith("Files")]
    assert "InMemoryStorage, which STORAGES names" in files


@pytest.mark.skipif(connection.vendor == "sqlite", reason="about PostgreSQL")
def test_the_postgresql_in_use_is_described():
    (database,) = [entry for entry in report()[0] if entry.startswith("Database")]
    own = connection.settings_dict
    assert database.startswith(line("Database", "PostgreSQL "))
    assert database.endswith(f", {own['NAME']} on {own['HOST']}")


@pytest.mark.parametrize(
    ("smtp", "program", "told"),
    [
        pytest.param(True, None, "leaves by the mail server of the settings", id="smtp"),
        pytest.param(False, "/bin/sendmail", "leaves by /bin/sendmail", id="sendmail"),
        pytest.param(False, None, "no mailer: set a mail server under smtp in the settings", id="none"),
    ],
)
def test_the_way_of_mails_is_told_and_never_wrong(settings, monkeypatch, smtp, program, told):
    settings.EMAIL_BACKEND = "platform_app.mail.backend.EmailBackend"
    monkeypatch.setattr("platform_app.mail.backend.sendmail_path", lambda: program)
    save(smtp={"enabled": smtp, "host": "hush.example.com"})
    lines, complaint = report()
    entry, *_ = [entry for entry in lines if entry.startswith("Mail")]
    assert entry.startswith(line("Mail", told))
    assert complaint == ""


def test_a_view_that_does_not_work_is_wrong():
    lost = Collection(id="pbc_lost", name="lost_view", type="view", fields=(ID,))
    models.StoredCollection.from_collection(lost).save(force_insert=True)
    lines, complaint = report()
    assert complaint == "One thing is wrong."
    (at,) = [at for at, entry in enumerate(lines) if "The view lost_view does not work: " in entry]
    assert lines[at].startswith(line("Collections", ""))
    assert lines[at].endswith("  <- wrong")
    assert lines[at + 1].strip() == "change the view's query, or delete it"


def test_settings_that_cannot_be_decrypted_are_wrong(settings):
    settings.JOEY_SETTINGS_ENCRYPTION_KEY = ""
    with connection.cursor() as cursor:
        cursor.execute("""UPDATE _params SET value = '"c2VjcmV0"' WHERE id = 'settings'""")
    forget_settings()
    lines, complaint = report()
    assert complaint == "One thing is wrong."
    assert [entry for entry in lines if entry.endswith("wrong")][0].startswith("Settings")


@needs_sqlite
def test_an_sqlite_that_is_too_old_is_wrong(monkeypatch):
    monkeypatch.setattr(doctor, "_OLDEST_SQLITE", (99, 0))
    assert report()[1] == "One thing is wrong."


def test_what_cannot_be_written_to_is_wrong(settings, monkeypatch):
    monkeypatch.setattr(data_directory.os, "access", lambda path, mode: path != settings.JOEY_STORAGE_DIR)
    lines, complaint = report()
    assert complaint == "One thing is wrong."
    assert line("Directory", f"{settings.JOEY_STORAGE_DIR} cannot be written to  <- wrong") in lines


@needs_sqlite
def test_a_new_directory_is_not_wrong_and_is_not_made(settings, tmp_path, monkeypatch):
    folder = tmp_path / "pb_data"
    settings.JOEY_DATA_DIR = folder
    monkeypatch.setitem(connection.settings_dict, "NAME", folder / "data.db")
    lines, complaint = report()
    assert (lines[4:], complaint) == (
        [
            line("Directory", f"{folder} does not exist yet: serve makes it"),
            line("Database", "none yet: serve makes it"),
        ],
        "",
    )
    assert not Path(folder).exists()


def test_no_secret_is_told(settings, monkeypatch):
    secrets = {"SECRET_KEY": "sign-hush", "SETTINGS_ENCRYPTION_KEY": "k" * 32}
    for name, secret in secrets.items():
        setattr(settings, name, secret)
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "database-hush")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE _params SET value = %s WHERE id = 'settings'", ['{"smtp": {"password": "mail-hush"}}']
        )
    forget_settings()
    said = "\n".join(report()[0])
    assert not [secret for secret in (*secrets.values(), "database-hush", "mail-hush") if secret in said]


def test_certificates_are_told_of_where_there_are_names(settings, tmp_path):
    settings.JOEY_CERTIFICATES_DIR = tmp_path / ".autocert_cache"
    settings.JOEY_HTTPS_ADDRESS = "0.0.0.0:443"
    settings.JOEY_DOMAINS = ["example.com", "www.example.org"]
    certificates = Certificates(settings.JOEY_CERTIFICATES_DIR, [])
    now = datetime(2999, 1, 1, tzinfo=UTC)
    certificates.put("example.com", self_signed(tmp_path, "example.com", now=now).read_bytes())
    note(settings.JOEY_CERTIFICATES_DIR, "www.example.org", Attempt(3, 0, "the authority is away"))
    lines, complaint = report()
    assert [entry for entry in lines if entry.startswith("HTTPS")] == [
        line("HTTPS", "example.com has a certificate until 2999-01-01"),
        line("HTTPS", "www.example.org has none; there is no new one: the authority is away  <- wrong"),
        line("HTTPS", "www.example.com has none"),
    ]
    assert complaint != ""


def test_a_name_that_nobody_certifies_is_wrong(settings):
    settings.JOEY_HTTPS_ADDRESS = "127.0.0.1:443"
    lines, complaint = report()
    assert any(
        entry.startswith(line("HTTPS", "No certificate can be had for '127.0.0.1'")) for entry in lines
    )
    assert complaint != ""

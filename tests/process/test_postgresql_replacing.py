"""Replacing a PostgreSQL database: all of it or nothing, and the old one can be had again."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from platform_app.database.sqlite_driver import sqlite3
from tests.environment import POSTGRESQL, another_postgresql
from tests.served import ROOT, environment
from tests.system_app.pocketbase_directory import build_directory

BEGIN = """
import json, os, sys
from pathlib import Path
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.db import connection
from platform_app.database.data_directory import prepare
from system_app.backups.errors import BackupFailed
from system_app.backups.postgresql_locks import current_schema
from system_app.backups.postgresql_replacing import PostgresqlReplacement
from system_app.backups.contents import DUMP
from system_app.backups.postgresql_tools import dump
prepare()
new = Path(sys.argv[1])
database = PostgresqlReplacement()

def rows(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]

def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)

def state():
    names = rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    old = rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'joey!_old%' ESCAPE '!'")
    return [name for name in ("mine", "notes", "users") if name in names], old

said = []
"""
END = "\nprint(json.dumps(said))"


@pytest.fixture
def database() -> Iterator[str]:
    if not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL")
    with another_postgresql() as url:
        yield url


def outcome(tmp_path: Path, database: str, code: str) -> list[object]:
    new = tmp_path / ".pb_temp_to_delete/restore_1/new"
    new.mkdir(parents=True, exist_ok=True)
    command = [
        *environment(tmp_path / "pb_data", DATABASE_URL=database),
        *(sys.executable, "-c", BEGIN + code + END, str(new)),
    ]
    ended = subprocess.run(  # noqa: S603 - our own code
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    said: list[object] = json.loads(ended.stdout)
    return said


def test_a_data_db_is_taken_and_given_up_again(tmp_path: Path, database: str) -> None:
    source = build_directory(tmp_path / "source")
    new = tmp_path / ".pb_temp_to_delete/restore_1/new"
    new.mkdir(parents=True)
    (source / "data.db").rename(new / "data.db")
    code = """
said.append(state())
database.put_in(new)
said.append(state())
database.put_back(new)
said.append(state())
database.put_back(new)  # again, as after a kill
said.append(state())
database.put_in(new)
database.let_go(new)
said.append(state())
"""
    assert outcome(tmp_path, database, code) == [
        [["users"], []],
        [["notes"], ["joey_old_restore_1"]],
        [["users"], []],
        [["users"], []],
        [["notes"], []],
    ]


def test_a_dump_is_taken_and_given_up_again(tmp_path: Path, database: str) -> None:
    code = """
dump(new / DUMP, current_schema())
run("CREATE TABLE mine (a text)")
said.append(state())
database.put_in(new)
said.append(state())
database.put_back(new)
said.append(state())
"""
    assert outcome(tmp_path, database, code) == [
        [["mine", "users"], []],
        [["users"], ["joey_old_restore_1"]],
        [["mine", "users"], []],
    ]


def test_a_dump_that_breaks_off_changes_nothing(tmp_path: Path, database: str) -> None:
    code = """
run("CREATE TABLE mine AS SELECT md5(i::text) FROM generate_series(1, 50000) i")
dump(new / DUMP, current_schema())
content = (new / DUMP).read_bytes()
(new / DUMP).write_bytes(content[: len(content) // 2])
before = state()
try:
    database.put_in(new)
except BackupFailed as error:
    said.append(str(error).split(":")[0])
said.append(state() == before)
"""
    assert outcome(tmp_path, database, code) == ["pg_restore failed", True]


def test_a_copy_without_pg_dump_brings_the_records_back(tmp_path: Path, database: str) -> None:
    code = """
from auth_app.superusers import create_superuser
from system_app.backups.postgresql_copy_sql import copy_database
create_superuser("first@example.com", "1234567890")
copy_database(new / "data.db")
create_superuser("second@example.com", "1234567890")
emails = "SELECT email FROM _superusers ORDER BY email"
said.append(rows(emails))
database.put_in(new)
said.append(rows(emails))
said.append(rows("SELECT name FROM _collections ORDER BY name"))
"""
    assert outcome(tmp_path, database, code) == [
        ["first@example.com", "second@example.com"],
        ["first@example.com"],
        ["_authOrigins", "_externalAuths", "_mfas", "_otps", "_superusers", "users"],
    ]
    copied = tmp_path / ".pb_temp_to_delete/restore_1/new/data.db"
    with closing(sqlite3.connect(copied)) as copy:
        indexes = copy.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE UNIQUE%'").fetchall()
        # Without these rows PocketBase would set the directory up a second time.
        applied = {row[0] for row in copy.execute("SELECT file FROM _migrations")}
    assert len(indexes) >= 4
    assert "1640988000_init.go" in applied

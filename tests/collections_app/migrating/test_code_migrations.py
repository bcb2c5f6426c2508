"""Migrations in code: the examples of docs/extending/migrations.md, applied to a new data directory."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from collections_app.catalog import named_collection
from collections_app.definitions.definition_json import definition_as_json
from collections_app.definitions.draft import new_collection
from collections_app.definitions.saving import delete_collection
from collections_app.migrating.label import LABEL
from platform_app.database.sqlite_driver import sqlite3
from tests.collections_app.migrating.project import dependencies, operations
from tests.docs.pages import blocks_of
from tests.environment import POSTGRESQL, another_postgresql
from tests.served import ROOT, manage

PAGE = ROOT / "docs/extending/migrations.md"
FILE = re.compile(r"# pb_migrations/(\w+\.py)\n")


def blocks() -> list[str]:
    return [block.lstrip("\n") for block in blocks_of(PAGE)]


def write_examples(folder: Path) -> list[str]:
    """The files of the page, in their order."""
    folder.mkdir(parents=True)
    names = []
    for block in blocks():
        found = FILE.match(block)
        if found:
            (folder / found[1]).write_text(block, encoding="utf-8")
            names.append(found[1].removesuffix(".py"))
    return names


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """An empty database of each engine; "" is SQLite's file in the data directory."""
    if request.param == "sqlite":
        yield ""
        return
    if not POSTGRESQL:
        pytest.skip("needs TEST_DATABASE_URL, a PostgreSQL database")
    with another_postgresql() as url:
        yield url


class Installation:
    def __init__(self, folder: Path, database_url: str) -> None:
        self.data_dir = folder / "pb_data"
        self.database_url = database_url

    def call(self, *arguments: str, status: int = 0) -> str:
        command = manage(self.data_dir, *arguments, DATABASE_URL=self.database_url)
        finished = subprocess.run(  # noqa: S603 - our own command
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert finished.returncode == status, finished.stderr
        return finished.stdout + finished.stderr

    def rows(self, sql: str) -> list[tuple]:
        if self.database_url:
            import psycopg

            with psycopg.connect(self.database_url) as connection:
                cursor = connection.execute(sql.encode())
                return cursor.fetchall() if cursor.description else []
        database = sqlite3.connect(self.data_dir / "data.db")
        try:
            with database:
                return database.execute(sql).fetchall()
        finally:
            database.close()


def test_the_examples_lead_there_and_back(tmp_path, database_url):
    names = write_examples(tmp_path / "pb_migrations")
    there = Installation(tmp_path, database_url)
    there.call("migrate", LABEL, names[0], "--verbosity=0")
    there.rows(
        "INSERT INTO articles (id, status) VALUES ('article00000001', ''), ('article00000002', 'public')"
    )
    output = there.call("migrate")
    assert re.findall(rf"Applying {LABEL}\.(\w+)\.\.\. OK", output) == names[1:]

    assert there.rows("SELECT status FROM articles ORDER BY id") == [("pending",), ("public",)]
    ((settings,),) = there.rows("SELECT value FROM _params WHERE id = 'settings'")
    settings = json.loads(settings)
    assert (settings["meta"]["appName"], settings["meta"]["appURL"]) == ("test", "https://example.com")
    assert (settings["logs"]["maxDays"], settings["logs"]["logAuthId"]) == (2, True)
    assert settings["logs"]["logIP"] is False
    assert there.rows("SELECT email FROM _superusers") == [("test@example.com",)]
    ((rule, options),) = there.rows("""SELECT "listRule", options FROM _collections WHERE name = 'clients'""")
    options = json.loads(options)
    assert (rule, options["passwordAuth"]["enabled"], options["otp"]["enabled"]) == (
        "id = @request.auth.id",
        False,
        True,
    )
    assert len(options["authToken"]["secret"]) == 50
    assert there.rows("SELECT company, website, email FROM clients") == []

    there.call("superuser", "create", "other@example.com", "1234567890")  # the last one cannot go
    output = there.call("migrate", LABEL, "zero")
    assert re.findall(rf"Unapplying {LABEL}\.(\w+)\.\.\. OK", output) == names[::-1]
    assert there.rows("SELECT email FROM _superusers") == [("other@example.com",)]
    assert there.rows("SELECT name FROM _collections WHERE name IN ('articles', 'clients')") == []


def test_both_ways_of_saying_it_make_the_same_collection(db):
    by_calls, by_definition = (
        next(block for block in blocks() if mark in block).replace("clients", "customers")
        for mark in ("1687801120_create_clients", "customers = new_collection(\n")
    )
    names = {"new_collection": new_collection, "__name__": "block"}
    made = []
    for source, act in ((by_calls, "create(None, None)"), (by_definition, "")):
        exec(f"{source}\n{act}", names)  # noqa: S102 - the page's
        definition = definition_as_json(named_collection("customers"))
        del definition["created"], definition["updated"]
        definition["fields"].sort(key=lambda field: field["name"])
        definition["indexes"] = sorted(text.replace("`", "") for text in definition["indexes"])
        made.append(definition)
        delete_collection(named_collection("customers"))
    assert made[0] == made[1]


BROKEN = """
from django.db import migrations

from collections_app.definitions.draft import new_collection


def create(apps, schema_editor):
    new_collection("half").save()
    raise RuntimeError("the other half is missing")


class Migration(migrations.Migration):
    dependencies = [("pb_migrations", "{after}")]
    operations = [migrations.RunPython(create)]
"""


def test_a_file_is_all_or_nothing(tmp_path):
    names = write_examples(tmp_path / "pb_migrations")
    (tmp_path / "pb_migrations/1687801130_half.py").write_text(BROKEN.format(after=names[-1]))
    there = Installation(tmp_path, "")
    assert "the other half is missing" in there.call("migrate", "--verbosity=0", status=1)
    assert there.rows("SELECT name FROM _collections WHERE name IN ('clients', 'half')") == [("clients",)]


def test_an_empty_file_to_start_from(tmp_path):
    folder = tmp_path / "pb_migrations"
    names = write_examples(folder)
    there = Installation(tmp_path, "")
    there.call("makemigrations", LABEL, "--empty", "--name", "fill_slugs", "--verbosity=0")
    (made,) = folder.glob("*_fill_slugs.py")
    assert (dependencies(made), operations(made)) == ([(LABEL, names[-1])], [])

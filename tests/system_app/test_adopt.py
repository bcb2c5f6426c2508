"""`manage.py adopt`: what the new directory holds, what is refused, and that the source stays as it was."""

import os
import stat
import subprocess
import sys
import uuid
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from platform_app.database.rows import fetch_one
from platform_app.database.sqlite_driver import sqlite3
from platform_app.runtime_settings.current import current, forget_settings
from system_app.adopting.adopt import databases_in
from tests.environment import FIXTURE
from tests.system_app.pocketbase_directory import (
    ID_FIELD,
    NOTES_ID,
    build_directory,
    contents,
    define,
    field,
)


@pytest.fixture(autouse=True)
def _database_allowed(django_db_setup, django_db_blocker):
    # Not the `db` fixture: an adoption closes this thread's connections, which no open transaction survives.
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def source(tmp_path):
    return build_directory(tmp_path / "source")


needs_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="copies a SQLite database")


def adopt(source, target, **options):
    output = StringIO()
    call_command("adopt", str(source), into=str(target), stdout=output, no_color=True, **options)
    return output.getvalue()


def query(path, sql):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql).fetchall()


@needs_sqlite
def test_rows_files_and_settings_arrive(source, tmp_path):
    before = contents(source)
    target = tmp_path / "deep" / "target"
    report = adopt(source, target)

    assert contents(source) == before
    assert query(target / "data.db", "SELECT id, title, photo, done FROM notes ORDER BY rowid") == query(
        source / "data.db", "SELECT id, title, photo, done FROM notes ORDER BY rowid"
    )
    assert query(target / "data.db", "SELECT id, email, password FROM _superusers") == [
        ("s1", "alice@example.com", "$2a$10$hash")
    ]
    copied = contents(target)
    for name in (f"storage/{NOTES_ID}/n1/a_1.png", f"storage/{NOTES_ID}/n1/a_1.png.attrs"):
        assert copied[name] == before[name]
        assert (target / name).stat().st_mtime_ns == (source / name).stat().st_mtime_ns
    assert sorted(path.name for path in target.iterdir()) == ["auxiliary.db", "backups", "data.db", "storage"]
    assert [path.name for path in target.parent.iterdir()] == ["target"]

    with databases_in(target):
        forget_settings()
        assert current().meta.app_name == "Notes"
    forget_settings()
    assert str(tmp_path) not in str(query(target / "data.db", "SELECT * FROM _params"))
    assert "Adopted 2 collections and 1 views with 4 records and 2 files" in report


@needs_sqlite
def test_every_road_to_the_database_leads_to_the_folder_and_back(source, tmp_path):
    target = tmp_path / "target"
    adopt(source, target)
    names = "SELECT name FROM _collections WHERE name = 'notes'"
    assert fetch_one(names) is None
    with databases_in(target):
        assert fetch_one(names) == ("notes",)
    assert fetch_one(names) is None


@needs_sqlite
def test_our_tables_stand_beside_and_no_collection_is_added(source, tmp_path):
    adopt(source, tmp_path / "target")
    data = tmp_path / "target" / "data.db"
    assert query(data, "SELECT name FROM _collections ORDER BY name") == [
        ("_superusers",),
        ("done_notes",),
        ("notes",),
    ]
    assert query(data, "SELECT COUNT(*) FROM django_session") == [(0,)]
    assert query(tmp_path / "target" / "auxiliary.db", "SELECT COUNT(*) FROM _logs") == [(0,)]
    assert query(data, "SELECT title FROM done_notes ORDER BY title") == [("second",), ("third",)]


@needs_sqlite
def test_missing_files_are_listed(source, tmp_path):
    report = adopt(source, tmp_path / "target")
    assert "1 files were missing in the source already:\n  notes/n3/gone_2.png\n" in report


NEW_FUNCTIONS = [
    pytest.param("group_concat(title, ',' ORDER BY title DESC)", "third,second,first", (3, 44)),
    pytest.param("concat(count(*), '!')", "3!", (3, 44)),
    pytest.param("concat_ws('-', 'a', null, count(*))", "a-3", (3, 44)),
    pytest.param("timediff('2025-01-02', '2025-01-01')", "+0000-00-01 00:00:00.000", (3, 43)),
    pytest.param("unhex('41')", b"A", (3, 41)),
]


@needs_sqlite
@pytest.mark.parametrize(("expression", "value", "since"), NEW_FUNCTIONS)
def test_views_that_use_a_newer_sqlite_are_adopted_where_there_is_one(
    expression, value, since, source, tmp_path
):
    if sqlite3.sqlite_version_info < since:
        pytest.skip("this SQLite is older")
    add_view(source, "newer", f"SELECT 'a' AS id, {expression} AS title FROM notes LIMIT 1")
    assert "Warning: The view" not in adopt(source, tmp_path / "target")
    assert query(tmp_path / "target" / "data.db", "SELECT title FROM newer") == [(value,)]


@needs_sqlite
def test_views_that_do_not_work_are_named_and_do_not_stop_the_adoption(source, tmp_path):
    add_view(source, "of_lost", "SELECT id, title FROM gone")
    add_view(source, "of_function", "SELECT id, no_such(title) AS title FROM notes")
    add_view(source, "of_column", "SELECT id, title AS name FROM notes")
    report = adopt(source, tmp_path / "target")
    assert [line for line in report.splitlines() if "The view" in line] == [
        "Warning: The view of_lost does not work: SQL logic error: no such table: main.gone (1)",
        "Warning: The view of_function does not work: SQL logic error: no such function: no_such (1)",
        "Warning: The view of_column does not work: SQL logic error: no such column: v.title (1)",
    ]


@needs_sqlite
@pytest.mark.parametrize(
    ("value", "warning"),
    [
        pytest.param('{"s3": {"enabled": true}}', "Files are kept in S3", id="s3"),
        pytest.param('"c2VjcmV0"', "The settings are encrypted", id="encrypted"),
    ],
)
def test_settings_that_matter_are_mentioned(value, warning, source, tmp_path, settings):
    settings.JOEY_SETTINGS_ENCRYPTION_KEY = ""
    change(source, f"UPDATE _params SET value = '{value}'")
    assert f"Warning: {warning}" in adopt(source, tmp_path / "target")


@needs_sqlite
def test_directory_of_a_running_pocketbase_is_read_with_its_log(tmp_path):
    """The last writes are in the write-ahead log, and another connection holds it open."""
    source = build_directory(tmp_path / "source", journal_mode="WAL")
    with closing(sqlite3.connect(source / "data.db")) as running:
        running.execute("PRAGMA wal_autocheckpoint = 0")
        running.execute("INSERT INTO notes (id, title) VALUES ('n4', 'just now')")
        running.commit()
        before = contents(source)
        assert before["data.db-wal"]
        adopt(source, tmp_path / "target", verbosity=0)
        assert contents(source) == before
    assert query(tmp_path / "target" / "data.db", "SELECT title FROM notes WHERE id = 'n4'") == [
        ("just now",)
    ]


@needs_sqlite
def test_read_only_source_gives_a_writable_copy(source, tmp_path):
    for path in source.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
    adopt(source, tmp_path / "target")
    for path in (tmp_path / "target").rglob("*"):
        assert path.stat().st_mode & stat.S_IWUSR, path


@needs_sqlite
@pytest.mark.parametrize("is_there", [False, True])
def test_the_copy_is_for_its_owner_only(source, tmp_path, is_there):
    """The source may be anybody's to read; a target that is there stays as it was made."""
    target = tmp_path / "target"
    before = os.umask(0o022)
    try:
        if is_there:
            target.mkdir()
        adopt(source, target)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o077 == (0o055 if is_there else 0)
    assert {path.stat().st_mode & 0o077 for path in target.rglob("*")} == {0}


@needs_sqlite
def test_empty_target_is_filled_and_default_is_the_configured_directory(source, tmp_path, settings):
    target = tmp_path / "empty"
    target.mkdir()
    settings.JOEY_DATA_DIR = target
    call_command("adopt", str(source), verbosity=0)
    assert query(target / "data.db", "SELECT COUNT(*) FROM notes") == [(3,)]
    assert sorted(path.name for path in target.iterdir()) == ["auxiliary.db", "backups", "data.db", "storage"]


@needs_sqlite
def test_invalid_utf8_is_no_obstacle(source, tmp_path):
    with closing(sqlite3.connect(source / "data.db")) as database:
        database.execute("UPDATE notes SET title = CAST(x'ff41' AS TEXT) WHERE id = 'n1'")
        database.commit()
    adopt(source, tmp_path / "target", verbosity=0)
    assert query(tmp_path / "target" / "data.db", "SELECT hex(title) FROM notes WHERE id = 'n1'") == [
        ("FF41",)
    ]


def damage(source):
    raw = bytearray((source / "data.db").read_bytes())
    raw[4096 : 4096 * 3] = os.urandom(4096 * 2)
    (source / "data.db").write_bytes(raw)


def change(source: Path, *statements: str) -> None:
    with closing(sqlite3.connect(source / "data.db")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def add_view(source: Path, name: str, select: str) -> None:
    """A view collection with a title."""
    with closing(sqlite3.connect(source / "data.db")) as database:
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM ({select})")
        fields = [ID_FIELD, field("text", "title")]
        define(database, f"pbc_{name}", name, "view", fields, options={"viewQuery": select})
        database.commit()


REFUSALS = [
    pytest.param(
        lambda s: change(
            s,
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET sql = 'CREATE VIEW done_notes AS SELECT id OF x' "
            "WHERE name = 'done_notes'",
        ),
        r'cannot read data\.db because of its views: done_notes \(near "x": syntax error\)',
        id="view_for_another_sqlite",
    ),
    pytest.param(lambda s: (s / "data.db").unlink(), "has no data.db", id="no_database"),
    pytest.param(lambda s: (s / "data.db").write_text("x" * 5000), "cannot be read", id="no_sqlite_file"),
    pytest.param(damage, "data.db (is damaged|cannot be read)", id="damaged"),
    pytest.param(
        lambda s: (s / "auxiliary.db").write_text("x" * 5000),
        "auxiliary.db cannot be read",
        id="damaged_logs",
    ),
    pytest.param(
        lambda s: change(s, "DROP TABLE _collections"), "not written by PocketBase", id="no_collections"
    ),
    pytest.param(
        lambda s: change(s, "ALTER TABLE _collections RENAME COLUMN fields TO schema"),
        "older than 0.23",
        id="old_schema_column",
    ),
    pytest.param(
        lambda s: change(s, "DROP TABLE _superusers", "CREATE TABLE _admins (id TEXT)"),
        "older than 0.23",
        id="old_admins",
    ),
    pytest.param(
        lambda s: change(s, """UPDATE _collections SET fields = '[{"type":"nope"}]' WHERE name = 'notes'"""),
        "collection 'notes' cannot be read",
        id="unknown_field_type",
    ),
    pytest.param(lambda s: change(s, "DROP TABLE notes"), "no such table: notes", id="lost_table"),
]


@needs_sqlite
@pytest.mark.parametrize(("spoil", "message"), REFUSALS)
def test_refusal_leaves_nothing(spoil, message, source, tmp_path):
    spoil(source)
    before = contents(source)
    home = tmp_path / "home"
    home.mkdir()
    with pytest.raises(CommandError, match=message):
        adopt(source, home / "target")
    assert list(home.iterdir()) == []
    assert contents(source) == before


@needs_sqlite
def test_refusal_leaves_an_existing_target_empty(source, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    damage(source)
    with pytest.raises(CommandError):
        adopt(source, target)
    assert list(target.iterdir()) == []


@needs_sqlite
def test_table_that_has_the_name_of_ours_is_refused(source, tmp_path):
    change(source, "CREATE TABLE django_session (a TEXT)")
    with pytest.raises(CommandError, match="Our own tables cannot be added"):
        adopt(source, tmp_path / "target")
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_target_with_something_in_it_is_refused(source, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (target / "mine.txt").write_text("keep")
    with pytest.raises(CommandError, match="is not empty"):
        adopt(source, target)
    assert contents(target) == {"mine.txt": b"keep"}


@pytest.mark.parametrize("inside", ["..", "storage", "new"])
def test_target_around_or_inside_the_source_is_refused(inside, source):
    before = contents(source)
    with pytest.raises(CommandError):
        adopt(source, source / inside)
    assert contents(source) == before


def test_missing_source_is_refused(tmp_path):
    with pytest.raises(CommandError, match="is not a directory"):
        adopt(tmp_path / "nothing", tmp_path / "target")
    assert list(tmp_path.iterdir()) == []


@needs_sqlite
@pytest.mark.skipif(not FIXTURE.exists(), reason="needs ../shared/conformance/fixture")
def test_conformance_fixture(tmp_path):
    before = contents(FIXTURE)
    report = adopt(FIXTURE, tmp_path / "target")
    assert contents(FIXTURE) == before
    assert "Adopted 13 collections and 3 views with 35 records" in report
    assert "missing" not in report
    data = tmp_path / "target" / "data.db"
    tables = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view', 'index') ORDER BY name"
    # Opening the fixture itself would leave side files there.
    copy = tmp_path / "copy.db"
    copy.write_bytes((FIXTURE / "data.db").read_bytes())
    assert set(query(copy, tables)) <= set(query(data, tables))


@pytest.fixture
def empty_database():
    """The address of a new, empty PostgreSQL database; dropped afterwards."""
    import psycopg

    own = connection.settings_dict
    name = f"joey_adopt_{uuid.uuid4().hex[:8]}"
    server = {
        "host": own["HOST"],
        "port": own["PORT"],
        "user": own["USER"],
        "password": own["PASSWORD"],
        "dbname": "postgres",
    }
    with psycopg.connect(**{key: value for key, value in server.items() if value}, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        yield f"postgres://{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT']}/{name}"
        admin.execute(f'DROP DATABASE "{name}"')


def adopt_in_a_process(source, target, database_url):
    return subprocess.run(  # noqa: S603 - our own command with paths of our own
        [sys.executable, "manage.py", "adopt", str(source), "--into", str(target)],
        env={**os.environ, "DATABASE_URL": database_url},  # noqa: TID251 - handed on to the child
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(connection.vendor == "sqlite", reason="imports into PostgreSQL")
def test_rows_are_imported_into_an_empty_postgresql_database(source, tmp_path, empty_database):
    import psycopg

    change(source, "CREATE TABLE private_notes (a TEXT)")
    change(source, "CREATE VIEW private_view AS SELECT 1")
    change(source, "CREATE INDEX private_index ON notes (done)")
    change(source, "CREATE TRIGGER counted AFTER INSERT ON notes BEGIN DELETE FROM private_notes; END")
    change(source, "UPDATE _collections SET created = '2020' WHERE name = 'done_notes'")
    before = contents(source)
    target = tmp_path / "target"
    finished = adopt_in_a_process(source, target, empty_database)
    assert (finished.stderr, finished.returncode) == ("", 0)
    assert [line for line in finished.stdout.splitlines() if line.startswith("Warning")] == [
        "Warning: The index private_index of notes is in no collection and was not imported.",
        "Warning: The table private_notes is no collection and was not imported.",
        "Warning: The trigger counted of notes was not imported: PostgreSQL needs another text of it.",
        "Warning: The view private_view is no collection and was not imported.",
        "Warning: 1 files were missing in the source already:",
    ]

    with psycopg.connect(empty_database) as imported:
        notes = imported.execute("SELECT id, title, photo, done FROM notes ORDER BY _rowid_").fetchall()
        assert notes == [
            ("n2", "second", "", True),
            ("n1", "first", "a_1.png", False),
            ("n3", "third", "gone_2.png", True),
        ]
        assert imported.execute("SELECT title FROM done_notes ORDER BY 1").fetchall() == [
            ("second",),
            ("third",),
        ]
        assert imported.execute("SELECT id, value FROM _params").fetchall() == [
            ("settings", '{"meta":{"appName":"Notes"}}')
        ]
        assert imported.execute("SELECT name FROM _collections ORDER BY _rowid_").fetchall() == [
            ("_superusers",),
            ("notes",),
            ("done_notes",),
        ]
        assert imported.execute("SELECT id FROM done_notes ORDER BY _rowid_").fetchall() == [("n2",), ("n3",)]
        indexes = imported.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'notes'").fetchall()
        assert ("i",) in indexes
    assert sorted(path.name for path in target.iterdir()) == ["backups", "storage"]
    assert contents(source) == before

    again = adopt_in_a_process(source, tmp_path / "again", empty_database)
    assert again.returncode == 1
    assert "has collections already" in again.stderr
    assert not (tmp_path / "again").exists()


@needs_sqlite
def test_what_is_written_in_javascript_beside_the_source_is_named(source, tmp_path):
    assert "JavaScript" not in adopt(source, tmp_path / "first")
    hooks, migrations = tmp_path / "pb_hooks", tmp_path / "pb_migrations"
    for folder in (hooks, migrations):
        folder.mkdir()
    for path in (hooks / "b.pb.js", hooks / "a.pb.ts", hooks / "utils.js", migrations / "notes.txt"):
        path.write_text("x")
    (migrations / "1_nothing.js").write_text("migrate((app) => {}, (app) => {})")
    (migrations / "2_rows.js").write_text("migrate((app) => {\n  app.db().newQuery('x').execute()\n})")
    said = adopt(source, tmp_path / "second").splitlines()
    guide = "(docs/how-to/port-from-pb-hooks.md)"
    assert [line for line in said if "JavaScript" in line or "ported" in line] == [
        f"Warning: hooks in JavaScript wait to be ported {guide}: a.pb.ts, b.pb.js",
        "1 migrations in JavaScript only change collections, as they are by now. "
        f"To have them as ours: manage.py collections convert {migrations}",
        f"Warning: 2_rows.js waits to be ported {guide}: line 2: app.db().newQuery('x').execute()",
    ]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="imports into PostgreSQL")
def test_views_that_postgresql_cannot_make_or_use_are_named(source, tmp_path, empty_database):
    add_view(source, "of_lost", "SELECT id, title FROM gone")
    add_view(source, "of_number", "SELECT id, CAST(title AS INTEGER) AS title FROM notes")
    finished = adopt_in_a_process(source, tmp_path / "target", empty_database)
    assert (finished.stderr, finished.returncode) == ("", 0)
    warnings = [line for line in finished.stdout.splitlines() if "The view" in line]
    assert warnings[0].startswith("Warning: The view of_lost could not be made: ")
    assert warnings[1:] == [
        'Warning: The view of_number does not work: invalid input syntax for type integer: "second"'
    ]

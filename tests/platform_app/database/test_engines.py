"""The database engines: one SQLite for everything, no foreign keys, functions of ours on every connection."""

import ast
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, models, transaction
from django.db.backends import sqlite3 as django_engine

from platform_app.database.routers import LogRouter, log_database
from platform_app.database.sqlite_driver import sqlite3
from system_app.models import Log, Param

pytestmark = pytest.mark.django_db

needs_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")


def test_no_foreign_key_is_declared_or_enforced():
    class Entry(models.Model):
        param = models.ForeignKey(Param, models.DO_NOTHING)

        class Meta:
            app_label = "system_app"
            apps = type(Param._meta.apps)()

        def __str__(self):
            return str(self.pk)

    with connection.schema_editor() as editor:
        statements, parameters = editor.table_sql(Entry)
        deferred = [str(statement) for statement in editor.deferred_sql]
        editor.deferred_sql.clear()
    assert "REFERENCES" not in statements + "".join(deferred)
    assert parameters == []


@needs_sqlite
@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        pytest.param("foreign_keys", 0, id="no_foreign_keys"),
        pytest.param("journal_mode", "wal", id="write_ahead_log"),
        pytest.param("synchronous", 1, id="synchronous_normal"),
    ],
)
@pytest.mark.parametrize("alias", ["default", "auxiliary"])
@pytest.mark.django_db(databases=["default", "auxiliary"])
def test_pragmas(alias, pragma, value):
    with connections[alias].cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
        assert cursor.fetchone() == (value,)


@needs_sqlite
def test_filter_functions_are_known():
    with connection.cursor() as cursor:
        cursor.execute("SELECT joey_strftime('%F', '2024-02-29 10:00:00.000Z')")
        assert cursor.fetchone() == ("2024-02-29",)


def test_logs_have_their_own_database_on_sqlite():
    router = LogRouter()
    expected = "auxiliary" if connection.vendor == "sqlite" else "default"
    assert log_database() == router.db_for_read(Log) == router.db_for_write(Log) == expected
    assert router.db_for_read(Param) is router.db_for_write(Param) is None
    assert router.allow_migrate("auxiliary", "system_app") is False
    assert router.allow_migrate("default", "system_app") is None


# What of Django's engine names the SQLite module of Python, and what we do about it.
NAMED = {
    "DatabaseWrapper.get_connection_params": "two constants, the same in both",
    "DatabaseWrapper.get_new_connection": "ours",
    "DatabaseFeatures.django_test_skips": "for Django's own tests",
    "DatabaseFeatures.can_return_columns_from_insert": "ours",
    "DatabaseOperations.force_group_by": "ours",
    "DatabaseSchemaEditor.quote_value": "adapters are registered with both",
    "DatabaseCreation._clone_test_db": "for Django's own test runner",
    "DatabaseCreation.setup_worker_connection": "for Django's own test runner",
}


def test_every_place_where_django_names_its_sqlite_module_is_known():
    """A new Django that adds one must not open our files with a second SQLite."""
    named = set()
    for path in Path(django_engine.__file__).parent.glob("*.py"):
        for owner in ast.parse(path.read_text(encoding="utf-8")).body:
            for function in getattr(owner, "body", []):
                names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
                if names & {"Database", "sqlite3"} and isinstance(function, ast.FunctionDef):
                    named.add(f"{owner.name}.{function.name}")
    assert named == set(NAMED)


@needs_sqlite
def test_the_engine_uses_the_module_that_everything_else_does():
    connection.ensure_connection()
    assert isinstance(connection.connection, sqlite3.Connection)
    assert connection.Database is sqlite3
    assert connection.get_database_version() == sqlite3.sqlite_version_info
    with connection.cursor() as cursor:
        assert isinstance(cursor.cursor, sqlite3.Cursor)


@needs_sqlite
@pytest.mark.parametrize(
    ("sql", "error", "cause"),
    [
        pytest.param("SELECT nothing", OperationalError, sqlite3.OperationalError, id="operational"),
        pytest.param(
            "INSERT INTO _params (id) VALUES ('twice'), ('twice')",
            IntegrityError,
            sqlite3.IntegrityError,
            id="integrity",
        ),
    ],
)
def test_errors_of_the_module_become_those_of_django(sql, error, cause):
    with pytest.raises(error) as caught, connection.cursor() as cursor:
        cursor.execute(sql)
    assert isinstance(caught.value.__cause__, cause)


@needs_sqlite
@pytest.mark.parametrize(
    ("query", "params", "row"),
    [
        pytest.param("SELECT '%s', 1", None, ("%s", 1), id="no_parameters"),
        pytest.param("SELECT %s, '5 %%'", ["a"], ("a", "5 %"), id="by_place"),
        pytest.param("SELECT %(b)s, %(a)s, '%%'", {"a": 1, "b": 2}, (2, 1, "%"), id="by_name"),
        pytest.param("SELECT %s", [Decimal("1.50")], ("1.50",), id="decimal"),
        pytest.param("SELECT %s", [date(2025, 1, 2)], ("2025-01-02",), id="date"),
        pytest.param("SELECT %s", [datetime(2025, 1, 2, 3)], ("2025-01-02 03:00:00",), id="datetime"),
        pytest.param('SELECT 1 AS "a [bool]"', [], (True,), id="converted"),
    ],
)
def test_a_cursor_takes_what_django_writes(query, params, row):
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        assert cursor.fetchone() == row


@needs_sqlite
@pytest.mark.parametrize(
    ("query", "rows", "stored"),
    [
        pytest.param("INSERT INTO t VALUES (%s, '%%')", [(1,), (2,)], [(1, "%"), (2, "%")], id="by_place"),
        pytest.param(
            "INSERT INTO t VALUES (%(a)s, %(b)s)",
            [{"a": 1, "b": "x"}, {"b": "y", "a": 2}],
            [(1, "x"), (2, "y")],
            id="by_name",
        ),
        pytest.param("INSERT INTO t VALUES (%s, '%%')", iter([(1,)]), [(1, "%")], id="from_an_iterator"),
        pytest.param("INSERT INTO t VALUES (%s, '%%')", [], [], id="none"),
    ],
)
def test_a_cursor_takes_many_rows(query, rows, stored):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE t (a INTEGER, b TEXT)")
        cursor.executemany(query, rows)
        assert cursor.execute("SELECT * FROM t ORDER BY a").fetchall() == stored
        cursor.execute("DROP TABLE t")


@needs_sqlite
def test_a_transaction_can_be_taken_back_to_a_savepoint(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE t (a INTEGER)")
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            cursor.execute("INSERT INTO t VALUES (1)")
            raise ZeroDivisionError
        assert cursor.execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
        cursor.execute("DROP TABLE t")

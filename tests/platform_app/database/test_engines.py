"""The database engines: no foreign keys, and functions of ours on every new connection."""

import pytest
from django.db import connection, connections, models

from platform_app.database.routers import LogRouter, log_database
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

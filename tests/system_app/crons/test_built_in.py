"""The jobs that come with the server, beside those that tests/auth_app/test_otp.py is about."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections

from platform_app.database.dates import as_stored
from system_app.crons.built_in import delete_old_logs, optimize_databases
from system_app.models import Log
from tests.system_app.settings_row import save


@pytest.mark.django_db(databases="__all__")
def test_logs_are_kept_for_the_days_of_the_settings():
    save(logs={"maxDays": 5})
    now = datetime.now(UTC)
    for days in (0, 4.9, 5.1, 90):
        Log.objects.create(id=f"day{days}", created=as_stored(now - timedelta(days=days)))
    delete_old_logs()
    assert set(Log.objects.filter(id__startswith="day").values_list("id", flat=True)) == {"day0", "day4.9"}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
@pytest.mark.django_db(databases="__all__")
def test_databases_are_checkpointed_without_a_long_wait():
    said = []

    def note(execute, sql, params, many, context):
        said.append((context["connection"].alias, sql))
        # A checkpoint is not possible in the test's own transaction.
        return None if "checkpoint" in sql else execute(sql, params, many, context)

    with connections["default"].execute_wrapper(note), connections["auxiliary"].execute_wrapper(note):
        optimize_databases()
    usual = "PRAGMA busy_timeout = 10000"
    assert [sql for alias, sql in said if alias == "default"] == [
        "PRAGMA busy_timeout",
        "PRAGMA busy_timeout = 500",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA optimize",
        usual,
    ]
    assert [sql for alias, sql in said if alias == "auxiliary"][2:] == [
        "PRAGMA wal_checkpoint(TRUNCATE)",
        usual,
    ]

"""How long entries are kept: by the clock, and when the settings change (contract/system.md 5)."""

from datetime import UTC, datetime, timedelta

import pytest

from platform_app.database.dates import as_stored
from system_app.logs import rows_sql
from system_app.logs.retention import delete_expired
from system_app.models import Log
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import add
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))


def ago(**duration):
    return as_stored(datetime.now(UTC) - timedelta(**duration))


def left():
    return sorted(row.id for row in Log.objects.all())


@pytest.fixture
def aged(log):
    add("now", created=ago(seconds=1))
    add("day_young", created=ago(hours=23, minutes=59))
    add("day_old", created=ago(hours=24, seconds=1))
    add("week_old", created=ago(days=7))
    add("debug", created=ago(seconds=1), level=-4)


def test_what_is_older_than_the_days_goes(aged):
    save(logs={"maxDays": 1, "minLevel": -8})
    add("day_old_again", created=ago(days=1, seconds=5))
    assert delete_expired() == 1
    assert left() == ["day_young", "debug", "now"]


@pytest.mark.parametrize(
    ("logs", "ids"),
    [
        pytest.param(
            {"maxDays": 30, "minLevel": -4}, ["day_old", "day_young", "debug", "now", "week_old"], id="all"
        ),
        pytest.param({"maxDays": 5, "minLevel": -4}, ["day_old", "day_young", "debug", "now"], id="days"),
        pytest.param({"maxDays": 30, "minLevel": 0}, ["day_old", "day_young", "now", "week_old"], id="level"),
        pytest.param({"maxDays": 0, "minLevel": -4}, [], id="none"),
    ],
)
def test_settings_that_change_hold_at_once(aged, logs, ids):
    save(logs=logs)
    assert left() == ids


def test_many_go_in_slices(log, monkeypatch):
    monkeypatch.setattr(rows_sql, "_ROWS_PER_DELETE", 2)
    for number in range(5):
        add(f"old{number}", created=ago(days=9))
    add("new", created=ago(seconds=1))
    assert rows_sql.delete_before(ago(days=5)) == 5
    assert left() == ["new"]

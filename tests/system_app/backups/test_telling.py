"""What became of a restore is in the log, where people look who asked for it over the API."""

import logging
from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from platform_app.database import replacing
from platform_app.database.replacing import Said
from system_app.backups import telling
from system_app.backups.telling import tell_log
from system_app.models import Log
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db(databases="__all__")

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
SAID = (
    Said(logging.INFO, "The data is that of a.zip now.", MOMENT),
    Said(logging.WARNING, "Copied.", MOMENT),
)


@pytest.fixture(autouse=True)
def said(monkeypatch):
    monkeypatch.setattr(telling.connections, "close_all", lambda: None)  # the test's transaction
    monkeypatch.setattr(replacing._process, "said", SAID)
    Log.objects.all().delete()


@pytest.mark.parametrize(
    ("logs", "kept"),
    [
        pytest.param({"maxDays": 5, "minLevel": 0}, 2, id="all"),
        pytest.param({"maxDays": 5, "minLevel": 4}, 1, id="from_a_level_on"),
        pytest.param({"maxDays": 0}, 0, id="no_log"),
    ],
)
def test_it_is_told_once_as_the_settings_want_it(logs, kept):
    save(logs=logs)
    tell_log()
    tell_log()
    rows = [(row.level, row.message, row.created) for row in Log.objects.order_by("id")]
    told = [(level, one.text, "2026-01-02 03:04:05.678Z") for level, one in zip((0, 4), SAID, strict=True)]
    assert rows == told[2 - kept :]


def test_a_log_that_cannot_be_written_stops_nobody(monkeypatch, caplog):
    def fail(rows):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(telling, "insert", fail)
    tell_log()
    assert "what became of a restore is not in the log: database or disk is full" in caplog.text

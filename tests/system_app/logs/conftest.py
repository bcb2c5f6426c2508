"""The log's writer, at work in a test: what is put is written when the test says so."""

import logging
from collections.abc import Iterator

import pytest
from django.db import connections

from platform_app.database.routers import log_database
from system_app.logs.writing import LogWriter, log_writer
from tests.system_app.settings_row import save

LOGS = log_database()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[LogWriter]:
    """The process's writer, open, without its thread, and with an empty table; needs the `log_db` mark."""
    save()
    with connections[LOGS].cursor() as cursor:
        cursor.execute('DELETE FROM "_logs"')
    monkeypatch.setattr(log_writer, "_usual_level", 30)
    log_writer.begin_again()
    log_writer._use_current()
    log_writer.is_open = True
    yield log_writer
    log_writer.is_open = False
    log_writer.settings = None
    log_writer.begin_again()
    logging.getLogger().setLevel(logging.WARNING)

"""What nobody caught is logged on its way to Python's own report, and at once."""

import sys
import threading

import pytest

from system_app.logs.crashes import log_crashes
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import written

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))


@pytest.fixture
def reported(monkeypatch):
    """What Python would have printed."""
    reports = []
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    monkeypatch.setattr(sys, "__excepthook__", lambda kind, error, traceback: reports.append(error))
    monkeypatch.setattr(threading, "__excepthook__", lambda ended: reports.append(ended.exc_value))
    log_crashes()
    return reports


def crash(error):
    """As Python calls its hook when a thread ends by an error."""
    thread = threading.Thread(name="feed")
    threading.excepthook(threading.ExceptHookArgs((type(error), error, None, thread)))


def test_a_thread_that_ends_by_an_error(log, reported):
    error = ValueError("no price")
    crash(error)
    assert log._is_urgent
    log.flush()
    ((level, message, data),) = written()
    assert (level, message, data["error"]) == (8, "the thread feed ends: no price", "ValueError: no price")
    assert reported == [error]


def test_the_process_itself(log, reported):
    error = OSError("no disk")
    sys.excepthook(OSError, error, None)
    log.flush()
    assert [(level, message) for level, message, _ in written()] == [(8, "the process ends: no disk")]
    assert reported == [error]


@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt], ids=lambda end: end.__name__)
def test_an_end_that_is_wanted_is_no_crash(log, reported, end):
    crash(end()) if end is SystemExit else sys.excepthook(end, end(), None)
    log.flush()
    assert written() == []

"""The writer: batches, bounds, a database that does not take entries, hooks, and what others are told."""

import logging
import threading

import pytest
from django.db import DataError, OperationalError, connections
from django.test.utils import CaptureQueriesContext

from collections_app import events
from platform_app.runtime_settings.shape import RuntimeSettings
from system_app.logs import hooks, rows_sql, writing
from system_app.logs.rows_sql import Row, new_ids
from system_app.logs.writing import BATCH, MOST_WAITING, LogWriter
from system_app.models import Log
from tests.system_app.logs.conftest import LOGS
from tests.system_app.logs.rows import written
from tests.system_app.settings_row import save

pytestmark = pytest.mark.django_db(databases=list({"default", LOGS}))


def row(row_id, message, level=0, data="{}"):
    return Row(row_id, level, message, data, "2026-05-01 10:00:00.000Z")


def put(log, *messages, **values):
    for message in messages:
        log.put_entry((lambda row_id, text: row(row_id, text, **values), message))


def messages():
    return [message for _, message, _ in written()]


@pytest.mark.parametrize("count", [0, 1, 3, 190, 191, 450])
def test_all_that_waits_is_written_in_order(log, count):
    texts = [f"entry {number}" for number in range(count)]
    put(log, *texts)
    log.flush()
    assert messages() == texts


def test_a_batch_is_one_transaction_of_few_statements(log):
    put(log, *(str(number) for number in range(400)))
    begun = []
    wrapper = connections[LOGS]
    with CaptureQueriesContext(wrapper) as captured:
        log.flush()
    begun = [query["sql"] for query in captured.captured_queries if "SAVEPOINT" in query["sql"]]
    assert len(begun) == 2  # set, and released
    assert Log.objects.count() == 400


def test_ids_are_those_of_records_and_ascend():
    ids = new_ids(1000)
    assert ids == sorted(set(ids))
    assert all(len(one) == 15 and one.isalnum() and one.islower() or one.isdigit() for one in ids)


def test_two_hundred_wake_the_writer(log):
    put(log, *["x"] * BATCH)
    assert not log._wake.is_set()
    put(log, "one more")
    assert log._wake.is_set()


def test_what_is_too_much_is_dropped_and_told(log, monkeypatch):
    monkeypatch.setattr(writing, "MOST_WAITING", 3)
    put(log, "a", "b", "c", "d", "e")
    log.flush()
    assert [(level, text, data) for level, text, data in written()] == [
        (0, "a", {}),
        (0, "b", {}),
        (0, "c", {}),
        (4, "2 log entries were dropped: more came than could be written.", {"dropped": 2}),
    ]
    put(log, "f")
    log.flush()
    assert messages()[-1] == "f"


def test_entries_wait_while_the_database_does_not_take_them(log, monkeypatch, caplog):
    real = writing.insert

    def fails(rows):
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(writing, "_close_lost_connections", lambda: None)
    monkeypatch.setattr(writing, "insert", fails)
    put(log, "a")
    log.flush()
    assert "1 log entries wait" in caplog.text
    assert messages() == []
    put(log, "b")
    monkeypatch.setattr(writing, "insert", real)
    log.flush()
    assert messages() == ["a", "b"]


class Connection:
    def __init__(self, vendor: str) -> None:
        self.vendor = vendor
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    ("vendor", "is_full", "closed"),
    [
        pytest.param("sqlite", True, 0, id="the_log_can_be_read_on_a_full_disk"),
        pytest.param("sqlite", False, 1, id="sqlite"),
        pytest.param("postgresql", True, 1, id="postgresql"),
    ],
)
def test_connections_that_are_closed_when_a_batch_is_not_taken(monkeypatch, vendor, is_full, closed):
    connection = Connection(vendor)
    monkeypatch.setattr(writing, "is_disk_full", lambda: is_full)
    monkeypatch.setattr(writing.connections, "all", lambda initialized_only: [connection])
    writing._close_lost_connections()
    assert connection.closed == closed


def test_an_entry_that_the_database_refuses_takes_no_other_along(log, monkeypatch):
    real = writing.insert

    def refuses(rows):
        if any(one.message == "bad" for one in rows):
            raise DataError("bad")
        real(rows)

    monkeypatch.setattr(writing, "insert", refuses)
    put(log, "a", "bad", "b")
    log.flush()
    assert messages() == ["a", "b"]


def test_an_entry_that_cannot_be_made_takes_no_other_along(log):
    def broken(row_id):
        raise ValueError("broken")

    put(log, "a")
    log.put_entry((broken,))
    put(log, "b")
    log.flush()
    assert messages() == ["a", "b"]


def test_a_nul_character_is_no_hindrance(log):
    put(log, "a\0b", data='{"url":"a\\u0000b"}')
    log.flush()
    expected = ("a\0b", {"url": "a\0b"}) if connections[LOGS].vendor == "sqlite" else ("ab", {"url": "ab"})
    assert [(text, data) for _, text, data in written()] == [expected]


def test_without_days_what_waits_is_forgotten(log):
    put(log, "a")
    save(logs={"maxDays": 0})
    log._use_current()
    log.flush()
    save()
    log._use_current()
    put(log, "b")
    log.flush()
    assert messages() == ["b"]


def test_others_are_told_what_was_written(log):
    told = []
    log.written.append(told.append)
    try:
        put(log, "a", "b")
        log.flush()
        put(log, "c", level=-4)
        log.flush()
    finally:
        log.written.clear()
    assert [[one.message for one in rows] for rows in told if rows] == [["a", "b"]]


def test_what_the_writer_logs_itself_stays_out(log):
    def talks(row_id):
        logging.getLogger("shop").error("an echo")
        return row(row_id, "a")

    log.put_entry((talks,))
    log.flush()
    log.flush()
    assert messages() == ["a"]


# --- hooks --------------------------------------------------------------------------------------------

ORDER = (
    "model_create",
    "model_validate",
    "model_create_execute",
    "model_after_create_success",
    "model_after_create_error",
)


def test_model_hooks_fire_for_entries(log, connect):
    fired = []
    for name in ORDER:
        connect(
            getattr(events, name),
            lambda event, name=name, **kwargs: fired.append((name, event.log.message, event.tags)),
            collection="_logs",
        )
    put(log, "a")
    log.flush()
    assert fired == [(name, "a", frozenset({"_logs"})) for name in ORDER[:4]]
    assert messages() == ["a"]


def test_receivers_change_stop_and_refuse_entries(log, connect):
    errors = []

    def look(event, **kwargs):
        if event.log.message == "secret":
            return
        if event.log.message == "bad":
            raise ValueError("refused")
        event.log.data["seen"] = True
        yield

    connect(events.model_create, look, collection="_logs")
    connect(
        events.model_after_create_error,
        lambda event, **kwargs: errors.append(str(event.error)),
        collection="_logs",
    )
    put(log, "a", "secret", "bad", "b")
    log.flush()
    assert [(text, data) for _, text, data in written()] == [("a", {"seen": True}), ("b", {"seen": True})]
    assert errors == ["refused"]


def test_receivers_for_other_tables_keep_entries_in_batches(log, connect, monkeypatch):
    monkeypatch.setattr(writing, "insert_with_hooks", None)
    connect(events.model_create, lambda event, **kwargs: None, collection="posts")
    put(log, "a")
    log.flush()
    assert messages() == ["a"]


def test_what_a_receiver_logs_does_not_go_on_for_ever(log, connect):
    connect(events.model_create, lambda event, **kwargs: logging.getLogger("shop").error("more"))
    put(log, "a")
    log.flush()
    log.flush()
    assert messages() == ["a"]


# --- the thread ---------------------------------------------------------------------------------------


@pytest.fixture
def taken(monkeypatch):
    """What a writer with a thread of its own writes; it never touches the database."""
    rows: list[str] = []
    settings = RuntimeSettings.from_json({})
    monkeypatch.setattr(writing, "insert", lambda batch: rows.extend(one.message for one in batch))
    monkeypatch.setattr(writing, "has_receivers", lambda: False)
    monkeypatch.setattr(writing, "GATHER_SECONDS", 0.0)
    monkeypatch.setattr(writing, "current", lambda: settings)
    return rows


class TestThread:
    def test_stopping_writes_what_waits(self, taken):
        writer = LogWriter()
        writer.start()
        put(writer, "a", "b")
        writer.stop()
        assert taken == ["a", "b"]
        assert not writer.is_open

    def test_hurry_does_not_wait_for_more(self, taken, monkeypatch):
        monkeypatch.setattr(writing, "FLUSH_SECONDS", 3600.0)
        done = threading.Event()
        writer = LogWriter()
        writer.written.append(lambda rows: done.set() if rows else None)
        writer.start()
        put(writer, "the process is about to end")
        writer.hurry()
        assert done.wait(60)
        writer.stop()
        assert taken == ["the process is about to end"]

    def test_it_begins_again_in_a_forked_process(self, taken):
        writer = LogWriter()
        writer.start()
        put(writer, "the parent's")
        parent, wake = writer._worker, writer._wake
        writer.begin_again()
        assert writer.is_open and writer._worker is not parent
        put(writer, "the child's")
        writer.stop()
        wake.set()
        parent.join()
        assert taken == ["the child's"]


def test_limits_leave_room():
    assert BATCH < rows_sql.MOST_ROWS_AT_ONCE <= MOST_WAITING
    assert hooks.has_receivers() is False

"""A pinned state of the database, read while others write (platform_app/database/snapshots.py)."""

import asyncio
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, NotSupportedError, OperationalError, connection, connections, transaction

from collections_app.catalog import catalog, forget_catalog
from collections_app.collection import Collection
from collections_app.definitions.saving import create_collection, delete_collection
from collections_app.fields.registry import field_from_json
from collections_app.models import SchemaVersion
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.saving import delete_stored_record, save_record
from collections_app.records.writing.submitted import new_record
from platform_app.database import pinned_connections, rows, snapshots
from platform_app.database.lanes import Allowance, NeedsTime, run_allowed
from platform_app.database.snapshots import MOST_SNAPSHOTS, SnapshotBusy, SnapshotOver, pin
from platform_app.runtime_settings.current import current, forget_settings, stored_settings
from tests.conftest import ID_FIELD
from tests.platform_app.database.test_budgets import ENDLESS

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite")
postgresql_only = pytest.mark.skipif(connection.vendor == "sqlite", reason="of PostgreSQL")

ROWS = "SELECT n FROM pinned ORDER BY n"


@pytest.fixture(autouse=True)
def table(django_db_setup, django_db_blocker):
    """A table with one row, 1, that is there for all connections, and goes with the test."""
    with django_db_blocker.unblock():
        run("CREATE TABLE pinned (n integer)")
        write(1)
        try:
            yield
        finally:
            snapshots.close()
            snapshots._pool.pauses_until = 0.0
            run("DROP TABLE pinned")


@pytest.fixture
def record(table):
    """A record that is there for all connections, and goes with the test."""
    fields = tuple(map(field_from_json, (ID_FIELD, {"type": "text", "name": "t", "id": "text1"})))
    collection = create_collection(Collection(id="pbc_snapshots", name="of_snapshots", fields=fields))
    record = new_record(collection)
    record["id"], record["t"] = "a" * 15, "one"
    save_record(record)
    yield find_record(collection, record.id)
    delete_collection(collection)
    forget_catalog()


@pytest.fixture
def set_name(table):
    """`set_name("Joey")` is what another process does to the settings."""
    before = rows.fetch_one("SELECT value FROM _params WHERE id = 'settings'")
    forget = "DELETE FROM _params WHERE id = 'settings'"

    def set_value(value):
        run(forget)
        run("INSERT INTO _params (id, value, created, updated) VALUES ('settings', %s, '', '')", [value])

    yield lambda name: set_value(json.dumps({"meta": {"appName": name}}))
    set_value(*before) if before else run(forget)
    forget_settings()
    forget_catalog()


def run(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def write(number):
    run(f"INSERT INTO pinned VALUES ({number})")


def numbers():
    return [row[0] for row in rows.fetch_all(ROWS)]


def numbers_by_cursor():
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        return [row[0] for row in cursor.fetchall()]


def read(snapshot):
    with snapshot.reading():
        return numbers()


def pins_left():
    """How many more snapshots can be kept."""
    kept = []
    while (snapshot := pin()) is not None:
        kept.append(snapshot)
    for snapshot in kept:
        snapshot.release()
    return len(kept)


def on_a_thread(work, *args):
    def closing():
        try:
            return work(*args)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(closing).result()


class TestState:
    def test_is_the_one_before_the_open_transaction(self):
        with transaction.atomic():
            run("DELETE FROM pinned")
            write(2)
            snapshot = pin()
            assert read(snapshot) == [1]
            assert numbers() == [2]
        assert read(snapshot) == [1]
        assert numbers() == [2]

    @pytest.mark.parametrize("times", [pytest.param(1, id="new"), pytest.param(3, id="opened_before")])
    def test_stays_whatever_is_committed(self, times):
        for number in range(2, 2 + times):
            snapshot = pin()
            write(number)
            assert read(snapshot) == list(range(1, number))
            snapshot.release()

    def test_begins_when_it_is_pinned_and_not_with_the_first_query(self):
        snapshot = pin()
        write(2)
        assert read(snapshot) == [1]

    def test_is_that_of_each_snapshot(self):
        first = pin()
        write(2)
        second = pin()
        write(3)
        assert (read(first), read(second), numbers()) == ([1], [1, 2], [1, 2, 3])

    def test_is_seen_by_cursors_too(self):
        snapshot = pin()
        write(2)
        with snapshot.reading():
            assert numbers_by_cursor() == [1]

    def test_shows_records(self, record):
        with transaction.atomic():
            delete_stored_record(record)
            snapshot = pin()
        assert find_record(record.collection, record.id) is None
        with snapshot.reading():
            assert find_record(record.collection, record.id).values == record.values

    def test_is_read_on_any_thread(self):
        snapshot = pin()
        write(2)
        assert on_a_thread(read, snapshot) == [1]
        assert on_a_thread(numbers) == [1, 2]
        assert read(snapshot) == [1]

    def test_cannot_be_written_to(self):
        snapshot = pin()
        with snapshot.reading(), pytest.raises(DatabaseError):
            rows.write("INSERT INTO pinned VALUES (2)", ())
        with snapshot.reading(), pytest.raises(DatabaseError):
            write(3)
        with snapshot.reading(), pytest.raises(DatabaseError), transaction.atomic():
            write(4)
        assert read(snapshot) == numbers() == [1]

    @pytest.mark.parametrize(
        "fails",
        [
            pytest.param(lambda: rows.fetch_all("SELECT nothing FROM nowhere"), id="statement"),
            pytest.param(lambda: run("SELECT nothing FROM nowhere"), id="statement_of_a_cursor"),
        ],
    )
    def test_outlives_errors(self, fails):
        snapshot = pin()
        write(2)
        with snapshot.reading():
            for _ in range(2):
                with pytest.raises(DatabaseError):
                    fails()
                assert numbers() == [1]

    def test_outlives_a_statement_that_its_time_ends(self):
        snapshot = pin()
        write(2)
        allowance = Allowance(60, moves_after=0.2)

        def too_long():
            threading.Timer(0.3, allowance.interrupt).start()  # what the event loop does for PostgreSQL
            rows.fetch_one(ENDLESS)

        with snapshot.reading():
            with pytest.raises(NeedsTime):
                run_allowed(allowance, too_long)
            assert numbers() == [1]

    @sqlite_only
    def test_is_not_an_old_one_that_an_error_has_kept(self):
        """A cursor that is not read to its end keeps its state, even when its transaction is gone."""
        write(2)
        snapshot = pin()
        with pytest.raises(KeyError) as error, snapshot.reading():
            cursor = connection.connection.execute(ROWS)
            cursor.fetchone()
            raise KeyError(cursor)
        snapshot.release()
        write(3)
        assert read(pin()) == [1, 2, 3]
        assert error.value.args


class TestPool:
    def test_keeps_four_at_a_time(self):
        kept = [pin() for _ in range(MOST_SNAPSHOTS)]
        assert None not in kept
        assert pin() is None
        kept[2].release()
        assert pin() is not None
        assert pin() is None

    def test_is_given_back_once_however_often(self):
        snapshot = pin()
        for _ in range(3):
            snapshot.release()
        on_a_thread(snapshot.release)
        assert pins_left() == MOST_SNAPSHOTS

    def test_uses_an_open_connection_again(self):
        def connected():
            snapshot = pin()
            with snapshot.reading():
                raw = connection.connection
            snapshot.release()
            return raw

        assert connected() is connected()

    def test_takes_back_in_the_middle_of_anything(self):
        """As the garbage collector does."""
        snapshot = pin()
        with snapshots._pool.lock:
            snapshot.release()
        assert pins_left() == MOST_SNAPSHOTS

    def test_waits_for_nothing_on_the_event_loop(self, monkeypatch):
        end_overdue = snapshots.end_overdue
        monkeypatch.setattr(snapshots, "end_overdue", lambda: None)  # the keeper's thread is not to be faster
        snapshot = pin()

        async def release():
            snapshot.release()

        asyncio.run(release())
        assert pins_left() == MOST_SNAPSHOTS - 1
        with pytest.raises(SnapshotOver):
            read(snapshot)
        end_overdue()
        assert pins_left() == MOST_SNAPSHOTS

    def test_closes_what_is_idle(self):
        pin().release()
        place = snapshots._pool.free[-1]
        snapshots._close_idle(60)
        assert place.connection is not None
        place.idle_since -= 61
        snapshots._close_idle(60)
        assert place.connection is None
        assert read(pin()) == [1]

    def test_closes_all_for_who_replaces_the_database(self):
        kept, _ = pin(), pin().release()
        snapshots.close()
        assert all(place.connection is None for place in snapshots._pool.places)
        with pytest.raises(SnapshotOver):
            read(kept)
        assert pins_left() == MOST_SNAPSHOTS

    def test_closes_a_connection_that_keeps_many_large_statements(self, monkeypatch):
        monkeypatch.setattr(rows, "_MOST_LARGE_SQL_BYTES", 6_000)
        large = f"SELECT 1 WHERE {'1 = 1 AND ' * 450} 1 = 1"
        own = rows._connections.large_sql_bytes
        for times, stays in ((1, True), (1, False)):
            snapshot = pin()
            with snapshot.reading():
                for _ in range(times):
                    rows.fetch_one(large)
            snapshot.release()
            assert (snapshots._pool.free[-1].connection is not None) is stays
        assert rows._connections.large_sql_bytes == own

    def test_is_anothers_in_a_forked_process(self):
        snapshot, _ = pin(), pin().release()
        write(2)
        child = os.fork()
        if not child:
            fine = False
            try:
                with pytest.raises(SnapshotOver):
                    read(snapshot)
                snapshot.release()
                fine = pins_left() == MOST_SNAPSHOTS and read(pin()) == [1, 2]
            finally:
                os._exit(0 if fine else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert read(snapshot) == [1]
        assert pins_left() == MOST_SNAPSHOTS - 1


def end_by_time(snapshot):
    snapshot.ends_at = 0.0
    snapshots.end_overdue()


def end_by_itself(snapshot):
    """The thread that looks after it does it."""
    snapshot.ends_at = 0.0
    while snapshot._held:
        threading.Event().wait(0.01)


def lose_connection(snapshot):
    if connection.vendor == "sqlite":
        snapshot._connection._raw.close()
        return
    process = snapshot._connection._raw.info.backend_pid
    rows.fetch_one("SELECT pg_terminate_backend(%s, 5000)", (process,))


class TestOver:
    @pytest.mark.parametrize(
        "end",
        [
            pytest.param(lambda snapshot: snapshot.release(), id="released"),
            pytest.param(lambda snapshot: setattr(snapshot, "ends_at", 0.0), id="out_of_time"),
            pytest.param(end_by_time, id="ended_for_its_time"),
            pytest.param(end_by_itself, id="ended_by_itself"),
            pytest.param(lambda snapshot: snapshots.close(), id="closed"),
            pytest.param(lose_connection, id="connection_lost"),
        ],
    )
    def test_it_is_not_read_any_more(self, end):
        snapshot = pin()
        end(snapshot)
        with pytest.raises(OperationalError):
            read(snapshot)
        snapshot.release()
        assert pins_left() == MOST_SNAPSHOTS
        assert numbers() == [1]

    @pytest.mark.parametrize("look", [numbers, numbers_by_cursor])
    @pytest.mark.parametrize(
        "end",
        [
            pytest.param(lambda snapshot: snapshot.release(), id="released"),
            pytest.param(lambda snapshot: on_a_thread(snapshot.release), id="released_elsewhere"),
            pytest.param(end_by_time, id="ended_for_its_time"),
            pytest.param(lambda snapshot: connection.close(), id="closed_by_the_reader"),
            pytest.param(lambda snapshot: connection.rollback(), id="rolled_back_by_the_reader"),
            pytest.param(
                lambda snapshot: connection.connection.execute("COMMIT"), id="committed_by_the_reader"
            ),
        ],
    )
    def test_who_still_reads_it_does_not_see_the_present(self, end, look):
        snapshot = pin()
        write(2)
        with snapshot.reading():
            assert look() == [1]
            end(snapshot)
            for _ in range(2):
                with pytest.raises(SnapshotOver):
                    look()
        assert look() == [1, 2]
        snapshot.release()
        assert pins_left() == MOST_SNAPSHOTS

    def test_the_next_one_is_not_seen_by_who_still_reads_the_last(self):
        first = pin()
        with first.reading():
            first.release()
            on_a_thread(write, 2)
            second = pin()
            with pytest.raises(SnapshotOver):
                numbers()
        assert read(second) == [1, 2]

    def test_a_statement_that_runs_is_interrupted(self):
        snapshot, begins = pin(), threading.Event()

        def endless():
            with snapshot.reading():
                begins.set()
                rows.fetch_one(ENDLESS)

        with ThreadPoolExecutor(1) as threads:
            reading = threads.submit(endless)
            begins.wait()
            snapshot.release()
            with pytest.raises(OperationalError):
                reading.result()
        assert pins_left() == MOST_SNAPSHOTS

    @sqlite_only
    def test_the_log_can_be_worked_in(self):
        def is_worked_in():
            busy, _, _ = rows.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)")
            return not busy

        run("PRAGMA busy_timeout = 1")
        try:
            snapshot = pin()
            read(snapshot)
            write(2)
            assert not is_worked_in()
            snapshot.release()
            assert is_worked_in()
        finally:
            run("PRAGMA busy_timeout = 10000")

    @sqlite_only
    @pytest.mark.parametrize(("is_another_kept", "begins_anew"), [(False, True), (True, False)])
    def test_the_log_begins_anew_when_there_is_a_moment_without(self, is_another_kept, begins_anew):
        for number in range(50):
            snapshot = pin()
            write(number)
            snapshot.release()
        kept = pin() if is_another_kept else None
        on_a_thread(snapshots.work_log_in)
        write(50)
        _, pages, _ = rows.fetch_one("PRAGMA wal_checkpoint(PASSIVE)")
        assert (pages < 50) is begins_anew
        assert kept is None or read(kept) == sorted([1, *range(50)])

    @sqlite_only
    def test_such_a_moment_is_made_now_and_then(self, monkeypatch):
        monkeypatch.setattr(snapshots, "_SNAPSHOTS_PER_CHECKPOINT", 3)
        worked_in = threading.Event()
        monkeypatch.setattr(snapshots, "work_log_in", worked_in.set)
        snapshots._pool.pins = 0
        for _ in range(2):
            pin().release()
        assert not snapshots._pool.is_log_due.is_set()
        pin().release()
        assert worked_in.wait(30)

    @postgresql_only
    def test_nothing_is_kept_from_being_cleared_away(self):
        def keeps(process):
            asked = "SELECT state, backend_xmin IS NOT NULL FROM pg_stat_activity WHERE pid = %s"
            return rows.fetch_one(asked, (process,))

        snapshot = pin()
        process = snapshot._connection._raw.info.backend_pid
        read(snapshot)
        assert keeps(process) == ("idle in transaction", True)
        snapshot.release()
        assert keeps(process) == ("idle", False)

    @postgresql_only
    def test_tables_that_were_read_can_be_changed_meanwhile(self):
        snapshot = pin()
        assert read(snapshot) == [1]
        with transaction.atomic():
            run("SET LOCAL lock_timeout = '1s'")
            run("ALTER TABLE pinned ADD COLUMN more integer")
        assert read(snapshot) == [1]


class TestReading:
    @pytest.mark.parametrize("error", [None, KeyError])
    def test_leaves_the_usual_connection_as_it_was(self, error):
        snapshot = pin()
        with transaction.atomic():
            write(2)
            usual, raw = connections["default"], connection.connection
            try:
                with snapshot.reading():
                    assert not rows.in_transaction()
                    assert connections["default"] is not usual
                    assert numbers() == [1]
                    if error:
                        raise error
            except KeyError:
                assert error
            assert connections["default"] is usual
            assert connection.connection is raw
            assert rows.in_transaction()
            assert numbers() == numbers_by_cursor() == [1, 2]
        assert numbers() == [1, 2]

    def test_is_for_one_thread_at_a_time(self):
        snapshot, reads, may_end = pin(), threading.Event(), threading.Event()

        def slowly():
            with snapshot.reading():
                reads.set()
                may_end.wait()
                return numbers()

        with ThreadPoolExecutor(1) as threads:
            first = threads.submit(slowly)
            reads.wait()
            with pytest.raises(SnapshotBusy), snapshot.reading(wait_seconds=0):
                pass
            assert numbers() == [1]
            may_end.set()
            assert read(snapshot) == first.result() == [1]

    def test_what_all_threads_share_is_read_as_it_is_now(self, set_name):
        set_name("before")
        snapshot = pin()
        SchemaVersion.bump()
        version = SchemaVersion.current()
        set_name("since")
        with snapshot.reading():
            assert SchemaVersion.current() == version - 1
            assert stored_settings().data["meta"]["appName"] == "before"
            forget_catalog()
            forget_settings()
            assert catalog().version == version
            assert current().data["meta"]["appName"] == "since"
            assert numbers() == [1]


class TestUnable:
    def test_a_failure_is_logged_and_leaves_the_write_alone(self, monkeypatch, caplog):
        tried = []

        def fail():
            tried.append("tried")
            raise OperationalError("no more connections")

        monkeypatch.setattr(snapshots, "open_pinned", fail)
        with transaction.atomic():
            write(2)
            assert pin() is None
            assert pin() is None
        assert numbers() == [1, 2]
        assert tried == ["tried"]
        assert [record.name for record in caplog.records] == ["platform_app.database.snapshots"]
        snapshots._pool.pauses_until = 0.0
        monkeypatch.undo()
        assert pins_left() == MOST_SNAPSHOTS

    def test_a_connection_that_was_lost_is_opened_anew(self):
        snapshot = pin()
        snapshot.release()
        lose_connection(snapshot)
        assert read(pin()) == [1]

    @sqlite_only
    @pytest.mark.parametrize(
        ("name", "commands"),
        [
            pytest.param(":memory:", "", id="in_memory"),
            pytest.param("file:other?mode=memory&cache=shared", "", id="in_shared_memory"),
            pytest.param("kept.db", "PRAGMA journal_mode=DELETE", id="without_a_log"),
        ],
    )
    def test_a_database_whose_readers_lock_writers_out(self, tmp_path, monkeypatch, name, commands):
        settings = connections["default"].settings_dict
        monkeypatch.setitem(settings, "NAME", name if "memory" in name else tmp_path / name)
        monkeypatch.setitem(settings, "OPTIONS", {**settings["OPTIONS"], "init_command": commands})
        with pytest.raises(NotSupportedError):
            pinned_connections.open_pinned()
        assert pin() is None

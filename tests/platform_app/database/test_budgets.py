"""What a request may use of the database, inline and on a thread (platform_app/database)."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from django.db import OperationalError, connection, connections, transaction

from collections_app.catalog import catalog, forget_catalog
from platform_app.database import lanes, rows
from platform_app.database.lanes import Allowance, NeedsTime, OutOfTime, TooLong, run_allowed, run_inline

# Counts far enough that every budget is spent long before the end, on any machine.
ENDLESS = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT MAX(i) FROM n"
)
# Long enough that SQLite asks whether to go on.
SOME_STEPS = ENDLESS.replace("100000000", "10000")

sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has an inline lane")
postgresql_only = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite asks by itself")


@pytest.fixture
def lane(db):
    """This thread with the connection of the inline lane, and its usual one afterwards."""
    rows.open_inline_lane()
    yield
    raw = connection.connection
    raw.execute("PRAGMA busy_timeout = 10000")
    raw.execute("PRAGMA wal_autocheckpoint = 1000")
    lanes.forget_slow_statements()


@pytest.fixture
def no_budget(monkeypatch):
    monkeypatch.setattr(lanes, "INLINE_SECONDS", 0)
    monkeypatch.setattr(lanes, "INLINE_CPU_SECONDS", -1)


def endless():
    return rows.fetch_one(ENDLESS)


@sqlite_only
@pytest.mark.usefixtures("lane")
class TestInline:
    def spend(self, times):
        for _ in range(times):
            with pytest.raises(TooLong):
                run_inline(endless)

    @pytest.mark.parametrize(("times", "is_slow"), [(1, False), (2, True)])
    def test_a_statement_over_the_budget_moves_the_request_and_is_remembered(self, times, is_slow):
        self.spend(times)
        assert lanes.is_slow(ENDLESS) is is_slow

    def test_after_a_while_it_has_another_chance_and_one_only(self, monkeypatch):
        now = lanes.time.monotonic()
        monkeypatch.setattr(lanes.time, "monotonic", lambda: now)
        lanes.remember_slow(ENDLESS)
        lanes.remember_slow(ENDLESS)
        assert lanes.is_slow(ENDLESS)
        now += 61
        assert not lanes.is_slow(ENDLESS)
        lanes.remember_slow(ENDLESS)
        assert lanes.is_slow(ENDLESS)

    def test_a_loaded_schema_gives_remembered_statements_another_chance(self):
        self.spend(2)
        forget_catalog()
        catalog()
        assert not lanes.is_slow(ENDLESS)

    def test_a_short_statement_stays(self):
        assert run_inline(lambda: rows.fetch_one("SELECT 7")) == (7,)
        assert not lanes.is_slow("SELECT 7")

    def test_statements_share_one_budget(self, no_budget):
        asked = []

        def many():
            while len(asked) < 100:
                asked.append(rows.fetch_one("SELECT 7"))

        with pytest.raises(TooLong):
            run_inline(many)
        assert asked == []

    def test_what_was_spent_elsewhere_counts_but_is_not_the_statements_fault(self, no_budget):
        with pytest.raises(TooLong):
            run_inline(lambda: rows.fetch_one("SELECT 7"))
        assert not lanes.is_slow("SELECT 7")

    def test_the_clock_is_looked_at_between_few_rows(self, no_budget):
        made = []
        connection.connection.create_function("made", 1, made.append)
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        with pytest.raises(TooLong):
            run_inline(lambda: rows.fetch_all(f"{numbers} SELECT made(i) FROM n"))
        assert len(made) <= 33

    @pytest.mark.parametrize(
        "sql",
        [
            pytest.param("SELECT 'x' LIKE 'y'", id="like_is_one_step_however_long"),
            pytest.param(f"SELECT {'1 + ' * 3000} 1", id="long_to_plan"),
        ],
    )
    def test_what_cannot_be_interrupted_does_not_even_begin(self, sql):
        sent = []
        connection.connection.set_trace_callback(sent.append)
        with pytest.raises(TooLong):
            run_inline(lambda: rows.fetch_all(sql))
        connection.connection.set_trace_callback(None)
        assert sent == []

    def test_work_that_checks_the_time_moves(self, no_budget):
        with pytest.raises(TooLong):
            run_inline(lanes.check_time)

    def test_work_in_time_goes_on(self):
        assert run_inline(lanes.check_time) is None


def allowed(allowance, work, *args):
    """What `work` returns or raises on a thread of its own, whose connection has no transaction open."""

    def do():
        try:
            return run_allowed(allowance, work, *args)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(do).result()


@pytest.mark.usefixtures("db")
class TestOnAThread:
    @sqlite_only
    @pytest.mark.parametrize(
        ("allowance", "expected"),
        [
            pytest.param({"seconds": 60, "moves_after": 0.01}, NeedsTime, id="slice_is_over"),
            pytest.param({"seconds": 0.01}, OperationalError, id="all_is_over"),
        ],
    )
    def test_a_query_ends_when_its_time_is_over(self, allowance, expected):
        with pytest.raises(expected):
            allowed(Allowance(**allowance), endless)

    @pytest.mark.parametrize(
        ("allowance", "expected"),
        [
            pytest.param({"seconds": 60, "moves_after": -1}, NeedsTime, id="slice_is_over"),
            pytest.param({"seconds": -1}, OutOfTime, id="all_is_over"),
            pytest.param(
                {"seconds": -1, "may_be_cut": False}, OperationalError, id="all_is_over_for_a_write"
            ),
        ],
    )
    def test_no_query_begins_when_the_time_is_over(self, allowance, expected):
        with pytest.raises(expected):
            allowed(Allowance(**allowance), rows.fetch_one, "SELECT 7")

    def test_a_query_in_time_is_answered(self):
        assert allowed(Allowance(60, moves_after=60), rows.fetch_one, "SELECT 7") == (7,)

    def test_a_query_of_nobody_ends(self):
        allowance = Allowance(60, moves_after=60)
        allowance.drop()
        with pytest.raises(OutOfTime):
            allowed(allowance, rows.fetch_one, "SELECT 7")

    def test_what_must_not_be_begun_again_does_not_move(self):
        def with_receivers():
            lanes.require_pool()
            return rows.fetch_one("SELECT 7")

        assert allowed(Allowance(60, moves_after=-1), with_receivers) == (7,)

    def test_what_was_stopped_moves_before_it_does_what_must_not_be_begun_again(self):
        def stopped_somewhere():
            with contextlib.suppress(NeedsTime):
                lanes.check_time()
            lanes.require_pool()

        with pytest.raises(NeedsTime):
            allowed(Allowance(60, moves_after=-1), stopped_somewhere)

    def test_what_follows_a_commit_has_time_of_its_own(self):
        def commit_late():
            lanes.thread.allowance.ends_at = 0.0
            with pytest.raises(OperationalError):
                rows.fetch_one("SELECT 7")
            lanes.mark_unrepeatable()
            return rows.fetch_one("SELECT 7")

        assert allowed(Allowance(60, moves_after=60, may_be_cut=False), commit_late) == (7,)

    def test_a_part_may_end_earlier_than_the_rest(self):
        def with_a_part():
            with pytest.raises(OutOfTime), lanes.for_a_part(-1):
                rows.fetch_one("SELECT 7")
            return rows.fetch_one("SELECT 7")

        assert allowed(Allowance(60, moves_after=60), with_a_part) == (7,)

    def test_a_part_has_no_more_time_than_the_rest(self):
        def with_a_part():
            with lanes.for_a_part(60):
                return rows.fetch_one("SELECT 7")

        with pytest.raises(OutOfTime):
            allowed(Allowance(-1), with_a_part)
        with pytest.raises(NeedsTime):
            allowed(Allowance(60, moves_after=-1), with_a_part)

    def test_rows_that_are_taken_one_by_one_end_too(self):
        numbers = ENDLESS.replace("SELECT MAX(i) FROM n", "SELECT i FROM n")
        allowance, taken = Allowance(60), []

        def take(found):
            for row in found:
                taken.append(row)
                if len(taken) == 10:
                    allowance.drop()

        with pytest.raises((OutOfTime, OperationalError)):
            allowed(allowance, rows.fetch_into, take, numbers.replace("100000000", "10000"))
        assert len(taken) < 1000

    def test_afterwards_the_thread_is_free(self):
        def one_after_the_other():
            lanes.thread.allowance.drop()
            with pytest.raises(OutOfTime):
                rows.fetch_one("SELECT 7")
            lanes.thread.allowance = None
            return rows.fetch_one("SELECT 7")

        assert allowed(Allowance(60), one_after_the_other) == (7,)

    @postgresql_only
    def test_others_interrupt_a_query_when_its_slice_is_over(self):
        allowance = Allowance(60, moves_after=0.2)

        def wait():
            threading.Timer(0.5, allowance.interrupt).start()
            rows.fetch_one("SELECT pg_sleep(60)")

        with pytest.raises(NeedsTime):
            allowed(allowance, wait)

    @postgresql_only
    def test_who_comes_too_early_or_too_late_interrupts_nothing(self):
        allowance = Allowance(60, moves_after=0.3)

        def wait():
            threading.Timer(0.05, allowance.interrupt).start()
            return rows.fetch_one("SELECT 7 FROM pg_sleep(0.1)")

        assert allowed(allowance, wait) == (7,)
        allowance.drop()
        allowance.interrupt()  # nothing runs, so nothing is hit


@pytest.mark.parametrize(
    "around", [pytest.param(transaction.atomic, id="transaction"), pytest.param(nullcontext, id="test's_own")]
)
def test_what_may_be_about_to_commit_is_done_to_its_end(db, around):
    with around():
        assert run_allowed(Allowance(-1), rows.fetch_one, SOME_STEPS) == (10000,)


def test_a_connection_with_many_large_statements_is_renewed(db, monkeypatch):
    closed = []
    monkeypatch.setattr(connections["default"], "close", lambda: closed.append("closed"))
    monkeypatch.setattr(rows, "_MOST_LARGE_SQL_BYTES", 10_000)
    for _ in range(2):
        rows.fetch_one(f"SELECT 1 WHERE {'1 = 1 AND ' * 450} 1 = 1")
        rows.renew_bloated()
    assert closed == []
    rows.fetch_one(f"SELECT 1 WHERE {'1 = 1 AND ' * 450} 1 = 1")
    rows.renew_bloated()
    assert closed == ["closed"]

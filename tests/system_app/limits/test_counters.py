"""Counting, wherever it is done: in memory, in the machine's table, in Redis (contract/system.md 10)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from system_app.limits.counters import Counters, Counting
from system_app.limits.machine_counters import MachineCounters
from system_app.limits.rate_table import RateTable
from tests.system_app.limits.clock import Clock
from tests.system_app.limits.rules import limits, rule
from tests.system_app.limits.windows import take

LIMITS = limits()


@pytest.fixture
def table(tmp_path: Path) -> Iterator[RateTable]:
    table = RateTable(tmp_path / "table")
    yield table
    table.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "machine"])
def counters(request: pytest.FixtureRequest, table: RateTable, clock: Clock) -> Counting:
    return Counters(clock) if request.param == "memory" else MachineCounters(table, clock)


def test_a_window_lasts_whole_seconds_from_its_first_request(counters, clock):
    answers = []
    for seconds in (0, 0, 0, 2.05, 0.1, 0, 0):
        clock.now += seconds
        answers.append(counters.take(LIMITS, rule(most=2, seconds=3), "l", "1.1.1.1"))
    # The window opened at .9 of a second counts as opened at the full one, so it is over after 2.1.
    assert answers == [True, True, False, False, True, True, False]


def test_addresses_and_limiters_count_apart(counters):
    takes = [("l", "1.1.1.1"), ("l", "2.2.2.2"), ("m", "1.1.1.1"), ("l", "1.1.1.1")]
    assert [counters.take(LIMITS, rule(), *take) for take in takes] == [True, True, True, False]


def test_a_limiter_keeps_its_first_rule(counters):
    assert [counters.take(LIMITS, rule(most=most), "l", "1.1.1.1") for most in (1, 9)] == [True, False]
    assert [counters.take(LIMITS, rule(most=9), "l", "2.2.2.2") for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("most", "seconds"), [(2**53, 1), (1, 2**53), (2**62, 2**62)], ids=["many", "long", "both"]
)
def test_numbers_may_be_as_large_as_settings_take_them(counters, most, seconds):
    assert counters.take(LIMITS, rule(most=most, seconds=seconds), "l", "1.1.1.1")
    assert counters.take(LIMITS, rule(most=most, seconds=seconds), "l", "1.1.1.1") is (most > 1)


def test_in_memory_new_settings_start_anew():
    counters = Counters(Clock())
    takes = [counters.take(state, rule(), "l", "1.1.1.1") for state in (LIMITS, LIMITS, limits())]
    assert takes == [True, False, True]


def test_in_memory_windows_that_are_over_are_dropped():
    clock = Clock()
    counters = Counters(clock)
    for number in range(1000):
        counters.take(LIMITS, rule(), "l", str(number))
    clock.now += 10
    counters.take(LIMITS, rule(), "l", "another")
    assert list(counters._windows) == [("l", "another")]


class TestOnAMachine:
    """Several `MachineCounters` on one table are as many processes."""

    @pytest.fixture
    def processes(self, table: RateTable, clock: Clock) -> Iterator[tuple[MachineCounters, MachineCounters]]:
        other = RateTable(table.path)
        yield MachineCounters(table, clock), MachineCounters(other, clock)
        other.close()

    def test_all_processes_count_together(self, processes):
        takes = [processes[turn % 2].take(LIMITS, rule(most=3), "l", "1.1.1.1") for turn in range(5)]
        assert takes == [True, True, True, False, False]

    def test_the_first_rule_of_a_limiter_is_that_of_all_processes(self, processes):
        here, there = processes
        assert here.take(LIMITS, rule(most=1), "l", "1.1.1.1")
        assert [there.take(LIMITS, rule(most=9), "l", ip) for ip in ("1.1.1.1", "2.2.2.2", "2.2.2.2")] == [
            False,
            True,
            False,
        ]

    def test_saved_settings_start_anew_everywhere_and_once(self, processes):
        here, there = processes
        takes = []
        for saved in ("", "one", "one", "two"):
            here.table.reset(saved)
            there.table.reset(saved)
            takes += [process.take(LIMITS, rule(), "l", "1.1.1.1") for process in (here, there)]
        assert takes == [True, False, True, False, False, False, True, False]

    def test_who_does_not_know_of_new_rules_yet_spoils_nothing(self, processes):
        here, there = processes
        old, new = limits(rule(most=1)), limits(rule(most=2))
        here.table.reset("saved")
        assert there.take(old, old.rules[0], "l", "1.1.1.1")
        takes = [process.take(new, new.rules[0], "l", "1.1.1.1") for process in (here, here, there)]
        assert takes == [True, True, False]

    def test_a_clock_that_is_set_back_locks_nobody_out(self, table, clock):
        counters = MachineCounters(table, clock)
        counters.take(LIMITS, rule(seconds=60), "l", "1.1.1.1")
        clock.now -= 3600
        takes = [counters.take(LIMITS, rule(seconds=60), "l", "1.1.1.1") for _ in range(2)]
        assert takes == [True, False]

    def test_who_read_the_clock_a_moment_ago_opens_no_window(self, table):
        takes = [take(table, 1, 1, 1, now) for now in (101, 100, 101)]
        assert takes == [True, False, False]

    def test_memory_has_a_bound_whatever_clients_do(self, table, clock):
        counters = MachineCounters(table, clock)
        for number in range(10_000):
            counters.take(LIMITS, rule(), "l", str(number))
        assert counters._known is not None
        assert len(counters._known.windows) <= 4096

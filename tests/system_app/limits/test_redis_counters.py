"""Counting in Redis, for all machines; and what happens when it is away."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from system_app.limits import redis_counters
from system_app.limits.machine_counters import MachineCounters
from system_app.limits.rate_table import RateTable
from system_app.limits.redis_counters import RedisCounters, forget_in_redis
from tests.realtime_app.bus.driving import REDIS, Redis
from tests.system_app.limits.clock import Clock
from tests.system_app.limits.rules import limits, rule

LIMITS = limits(rule())


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    if REDIS is None:
        pytest.skip("needs redis-server")
    server = Redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[MachineCounters]:
    table = RateTable(tmp_path / "table")
    yield MachineCounters(table, Clock())
    table.close()


@pytest.fixture
def counters(redis: Redis, machine: MachineCounters, monkeypatch) -> Iterator[RedisCounters]:
    # A test on a busy machine is not to find out what slow means.
    monkeypatch.setattr(redis_counters, "DEADLINE_SECONDS", 60)
    forget_in_redis(redis.url, machine.table.path.parent.name)
    counters = RedisCounters(redis.url, machine)
    yield counters
    counters.close()


def test_a_limiter_keeps_its_first_rule_for_all_addresses(counters):
    takes = [
        counters.take(LIMITS, rule(most=most), "l", ip)
        for most, ip in ((1, "1.1.1.1"), (9, "1.1.1.1"), (9, "2.2.2.2"), (9, "2.2.2.2"))
    ]
    assert takes == [True, False, True, False]


def test_limiters_and_states_of_the_rules_count_apart(counters):
    other = limits(rule(most=2))
    takes = [
        counters.take(state, rule(), limiter, "1.1.1.1") for state, limiter in ((LIMITS, "l"), (LIMITS, "m"))
    ]
    assert [*takes, counters.take(other, rule(), "l", "1.1.1.1")] == [True, True, True]


def test_saved_settings_start_anew(counters, redis):
    takes = []
    for saved in ("one", "one", "two"):
        forget_in_redis(redis.url, saved)
        takes.append(counters.take(LIMITS, rule(seconds=3600), "l", "1.1.1.1"))
    assert takes == [True, False, True]


def test_everything_in_redis_goes_by_itself(counters):
    counters.take(LIMITS, rule(seconds=60), "l", "1.1.1.1")
    counters.take(LIMITS, rule(seconds=2**60), "m", "1.1.1.1")
    keys = [key for key in counters._redis.keys("joey.rates.*") if key != b"joey.rates.epoch"]
    assert len(keys) >= 4
    assert all(counters._redis.ttl(key) > 0 for key in keys)


def test_the_machine_knows_that_there_is_something_to_clean(counters, machine):
    assert not machine.table.has_counted
    counters.take(LIMITS, rule(), "l", "1.1.1.1")
    assert machine.table.has_counted


def test_who_does_not_answer_is_asked_once_and_this_machine_counts(machine, monkeypatch):
    monkeypatch.setattr(redis_counters, "AWAY_SECONDS", 3600.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0)
        counters = RedisCounters(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", machine)
        takes = [counters.take(LIMITS, rule(most=2), "l", "1.1.1.1") for _ in range(4)]
        counters.close()
        connection, _ = silent.accept()
        connection.close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert takes == [True, True, False, False]


def test_redis_is_tried_again_by_one(machine, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(redis_counters.time, "monotonic", lambda: now[0])
    counters = RedisCounters("redis://127.0.0.1:1/0", machine)
    asked = []

    def script(keys, arguments):
        asked.append(now[0])
        if now[0] < 110:
            # Whoever asks meanwhile does not wait for this one.
            counters.take(LIMITS, rule(most=99), "l", "2.2.2.2") if len(asked) > 1 else None
            raise redis_counters.RedisError("gone")
        return 1

    monkeypatch.setattr(counters, "_script", script)
    for now[0] in (100, 101, 104.9, 105.1, 109, 110.2, 110.3):
        assert counters.take(LIMITS, rule(most=99), "l", "1.1.1.1")
    assert asked == [100, 105.1, 110.2, 110.3]

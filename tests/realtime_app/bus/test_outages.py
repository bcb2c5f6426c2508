"""The server between the processes goes away and comes back."""

import psycopg
import pytest

from tests.environment import POSTGRESQL
from tests.realtime_app.bus.driving import Bus, Redis, they_hear_each_other


def test_redis_stops_and_starts(redis: Redis, redis_bus: Bus):
    alice, bob = redis_bus.members(2, beat_seconds=1)
    open_before = alice.call("open_files")
    for _ in range(2):
        alice.call("forget")
        bob.call("forget")
        redis.stop()
        try:
            for _ in range(10):
                alice.call("publish", count=1000)  # returns
                assert bob.call("ask", tag=alice.call("tag"), kind="echo", seconds=1) in {
                    "NoAnswer",
                    "NoSuchProcess",
                }
        finally:
            redis.start()
        they_hear_each_other(alice, bob)
    assert alice.call("open_files") <= open_before


def test_members_start_before_redis(redis: Redis, redis_bus: Bus):
    redis.stop()
    try:
        alice = redis_bus.begin().begun()
        assert alice.call("is_alone_now") is False  # nobody knows
        alice.call("publish", payload="too early")
        bob = redis_bus.begin().begun()
    finally:
        redis.start()
    they_hear_each_other(alice, bob)


def test_redis_cuts_connections_that_listen(redis: Redis, redis_bus: Bus):
    alice, bob = redis_bus.members(2)
    redis.cut_those_that_listen()
    they_hear_each_other(alice, bob)


@pytest.mark.parametrize("is_long", [False, True], ids=["cut", "refused"])
def test_postgresql_cuts_connections(postgresql: str, postgres_bus: Bus, is_long):
    alice, bob = postgres_bus.members(2, beat_seconds=1)
    open_before = alice.call("open_files")
    name = postgresql.rpartition("/")[2]
    with psycopg.connect(POSTGRESQL, autocommit=True) as ours:  # nobody is locked out of where he is
        ours.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {not is_long}")
        try:
            ours.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
            for _ in range(5 if is_long else 1):
                alice.call("publish", count=1000)  # returns
                bob.call("ask", tag=alice.call("tag"), kind="echo", seconds=1)
        finally:
            ours.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    they_hear_each_other(alice, bob)
    assert alice.call("open_files") <= open_before

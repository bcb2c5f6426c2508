"""Processes that die, hang or read slowly: the others go on, and who may have missed something is told."""

import os
import signal
import stat
from pathlib import Path

import pytest

from tests.realtime_app.bus.driving import Bus, they_hear_each_other


def sockets(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ".bus").iterdir())


def test_a_killed_process_leaves_nobody_hanging(any_bus: Bus):
    alice, bob, carol = any_bus.members(3, beat_seconds=1)
    tag = bob.call("tag")
    bob.kill()
    assert alice.call("ask", tag=tag, kind="echo", seconds=2) in {"NoSuchProcess", "NoAnswer"}
    alice.call("publish", count=10)
    assert carol.call("heard", count=10) == list(range(10))
    assert set(alice.call("peers", count=1)) == {carol.call("tag")}
    # It may have committed what it could not tell any more.
    assert alice.call("missed") is carol.call("missed") is True


def test_who_was_silent_for_long_is_told_that_it_missed_something(any_bus: Bus):
    alice, bob = any_bus.members(2, beat_seconds=1)
    bob.freeze()
    assert alice.call("is_alone", is_alone=True) is True
    assert alice.call("publish_where_somebody_is", payload="nobody hears this") is False
    bob.thaw()
    assert bob.call("missed") is True
    assert alice.call("is_alone", is_alone=False) is False
    assert alice.call("publish_where_somebody_is", payload="but this") is True
    assert bob.call("heard", count=1) == ["but this"]


def test_what_is_written_faster_than_it_goes_is_missed_and_bounded(any_bus: Bus):
    alice, bob = any_bus.members(2)
    alice.call("hang", seconds=2)
    alice.call("publish", count=60_000)  # returns: the loop that sends does nothing meanwhile
    assert bob.call("heard", count=50_000) == list(range(50_000))
    alice.call("publish", payload="after")
    assert bob.call("heard", count=50_001)[-1] == "after"
    assert bob.call("missed") is True


def test_what_waits_for_one_that_does_not_read_is_bounded(unix_bus: Bus):
    alice, bob, carol = unix_bus.members(3)
    bob.freeze()
    for _ in range(5):
        alice.call("publish", size=1_000_000, count=10)
        assert carol.call("heard", count=10) == [1_000_000] * 10
        carol.call("forget")
    assert alice.call("waiting_bytes") < 18_000_000
    bob.thaw()
    assert bob.call("missed") is True
    assert 10 < len(bob.call("heard", count=11)) < 20
    alice.call("publish", payload="after")
    assert carol.call("heard", count=1) == ["after"]


def test_one_that_is_killed_while_it_does_not_read_leaves_nothing(unix_bus: Bus, tmp_path: Path):
    alice, bob = unix_bus.members(2)
    open_before = alice.call("open_files")
    dave = unix_bus.begin().begun()
    assert len(alice.call("peers", count=2)) == 2
    dave.freeze()
    alice.call("publish", size=1_000_000, count=10)
    dave.kill()
    assert set(alice.call("peers", count=1)) == {bob.call("tag")}
    assert alice.call("open_files") <= open_before
    assert alice.call("waiting_bytes") == 0
    bob.call("heard", count=10)
    for count in (11, 12):  # the second one leaves after the first has been tried everywhere
        alice.call("publish")
        bob.call("heard", count=count)
    assert len(sockets(tmp_path)) == 2


def test_sockets_that_killed_processes_left_go_with_the_next_one(unix_bus: Bus, tmp_path: Path):
    for process in unix_bus.members(3):
        process.kill()
    assert len(sockets(tmp_path)) == 3
    command = unix_bus.begin("command").begun()
    assert command.call("is_alone_now") is False  # somebody may be there
    command.call("publish")
    assert command.call("is_alone", is_alone=True) is True
    assert sockets(tmp_path) == []
    alice = unix_bus.begin().begun()
    assert alice.call("is_alone_now") is True
    alice.end()
    assert sockets(tmp_path) == []


def test_a_child_does_not_keep_the_socket_of_its_parent(unix_bus: Bus):
    alice, bob = unix_bus.members(2)
    child = bob.call("fork_and_stay")
    try:
        bob.kill()
        assert alice.call("is_alone", is_alone=True) is True
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_folder_of_sockets_that_is_removed_comes_back(unix_bus: Bus, tmp_path: Path):
    alice, bob = unix_bus.members(2)
    folder = tmp_path / ".bus"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    they_hear_each_other(alice, bob)


@pytest.mark.parametrize("mode", [None, 0o755], ids=["new", "open_to_all"])
def test_only_its_owner_enters_the_folder(unix_bus: Bus, tmp_path: Path, mode):
    folder = tmp_path / ".bus"
    if mode is not None:
        folder.mkdir()
        folder.chmod(mode)
    unix_bus.members(1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_folder_may_have_a_long_name(tmp_path: Path):
    layer = {
        "BACKEND": "realtime_app.bus.unix_layer.UnixLayer",
        "CONFIG": {"directory": str(tmp_path / ("long" * 30) / ("name" * 30))},
    }
    bus = Bus(layer)
    try:
        alice, bob = bus.members(2)
        alice.call("publish", payload="far away")
        assert bob.call("heard", count=1) == ["far away"]
    finally:
        bus.close()

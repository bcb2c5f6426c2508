"""The table that the processes of a machine count in: its file, its room, and who is killed meanwhile."""

import fcntl
import os
import signal
from pathlib import Path

import pytest

from system_app.limits import machine_lock, rate_table
from system_app.limits.rate_table import SIZE_BYTES, RateTable
from tests.system_app.limits.windows import take


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table"


@pytest.fixture
def table(path: Path):
    table = RateTable(path)
    yield table
    table.close()


def test_the_file_is_its_owners_and_has_its_size_from_the_start(table, path):
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, SIZE_BYTES)
    assert path.stat().st_blocks * 512 >= SIZE_BYTES  # no page that the disk may have no room for
    assert list(path.parent.iterdir()) == [path]


def test_a_table_that_is_there_goes_on(table, path):
    assert take(table, 1, 1, 60, now=100)
    again = RateTable(path)
    assert not take(again, 1, 1, 60, now=100)
    assert (again.key_of("x"), again.key_of("y") == again.key_of("x")) == (table.key_of("x"), False)
    again.close()


@pytest.mark.parametrize(
    "content",
    [b"", b"short", bytes(SIZE_BYTES), b"x" * (SIZE_BYTES + 1)],
    ids=["empty", "cut", "zeros", "other"],
)
def test_what_is_no_table_is_replaced_and_not_shortened(path, content):
    path.write_bytes(content)
    with path.open("rb") as old:
        table = RateTable(path)
        assert old.read() == content  # who has it mapped goes on with it
    assert [take(table, 1, 1, 60, now=100) for _ in range(2)] == [True, False]
    table.close()


def test_a_file_that_cannot_be_made_is_an_error_and_leaves_nothing(path):
    path.mkdir()
    with pytest.raises(OSError, match="table"):
        RateTable(path)
    assert list(path.parent.iterdir()) == [path]


def keys_of_one_bucket(count: int) -> list[int]:
    return [7 + number * rate_table._WINDOW_BUCKETS for number in range(count)]


class TestRoom:
    """Eight windows share a bucket."""

    def test_windows_that_are_over_make_room(self, table):
        keys = keys_of_one_bucket(9)
        for key in keys[:8]:
            take(table, key, 1, 10, now=100)
        take(table, keys[8], 1, 10, now=110)
        assert [take(table, key, 1, 10, now=109) for key in keys[1:]] == [False] * 8

    def test_a_crowd_frees_nobody_who_is_refused(self, table):
        refused, *crowd = keys_of_one_bucket(200)
        assert [take(table, refused, 2, 60, now=100) for _ in range(3)] == [True, True, False]
        for key in crowd:
            assert take(table, key, 2, 60, now=100)
        assert not take(table, refused, 2, 60, now=100)

    def test_a_full_bucket_of_refused_ones_still_lets_others_in(self, table):
        keys = keys_of_one_bucket(9)
        for key in keys[:8]:
            take(table, key, 1, 60, now=100)
        assert take(table, keys[8], 1, 60, now=100)

    def test_so_many_limiters_that_some_are_forgotten(self, table):
        keys = [7 + number * rate_table._RULE_BUCKETS for number in range(20)]
        assert [table.rule(key, key, 1) for key in keys] == [(key, 1) for key in keys]
        assert table.rule(keys[-1], 9, 9) == (keys[-1], 1)

    def test_an_older_epoch_makes_room(self, table):
        keys = keys_of_one_bucket(16)
        for key in keys[:8]:
            take(table, key, 1, 60, now=100)
        table.begin_anew()
        assert [take(table, key, 1, 60, now=100) for key in keys[8:] * 2] == [*[True] * 8, *[False] * 8]


class TestCleaning:
    def test_only_windows_that_were_over_by_then_go(self, table):
        for key, seconds in ((1, 10), (2, 20), (3, 30)):
            take(table, key, 1, seconds, now=100)
        assert (table.clean(120), table.clean(120)) == (1, 0)
        assert [take(table, key, 1, 10, now=119) for key in (1, 2, 3)] == [True, False, False]

    def test_whether_there_is_anything_to_clean(self, table):
        seen = [table.has_counted]
        table.rule(1, 1, 1)
        seen.append(table.has_counted)
        table.reset("saved")
        seen.append(table.has_counted)
        table.mark_counted()
        assert [*seen, table.has_counted] == [False, True, False, True]


class TestKilled:
    """A process may end between any two stores."""

    @pytest.mark.parametrize("stores", range(1, 9))
    def test_what_it_leaves_is_free_or_right(self, table, stores, monkeypatch):
        keys = keys_of_one_bucket(9)
        for key in keys[:8]:  # with long windows that are used up, of which one has to go
            take(table, key, 1, 10_000, now=100)
        real, left = table._words, [stores]

        class Killed(BaseException):
            pass

        class Words:
            def __getitem__(self, at):
                return real[at]

            def __setitem__(self, at, value):
                if not left[0]:
                    raise Killed
                left[0] -= 1
                real[at] = value

        monkeypatch.setattr(table, "_words", Words())
        try:
            take(table, keys[8], 3, 10, now=100)
            was_killed = False
        except Killed:
            was_killed = True
        monkeypatch.setattr(table, "_words", real)
        assert was_killed is (stores < 8)
        # At worst the one request is forgotten, and nobody is refused who was not before.
        allowed = [take(table, keys[8], 3, 10, now=100) for _ in range(4)].count(True)
        assert allowed in ({2, 3} if was_killed else {2})

    def test_the_lock_ends_with_its_process(self, table, path):
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            other = os.open(path, os.O_RDWR)
            fcntl.flock(other, fcntl.LOCK_EX)
            os.write(tell, b"x")
            signal.pause()
        os.read(told, 1)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert take(table, 1, 1, 60, now=100)
        assert table._lock._resigned_until == 0.0
        os.close(told)
        os.close(tell)

    def test_a_lock_that_is_never_given_back_is_waited_for_once(self, table, path, monkeypatch):
        pauses = []
        monkeypatch.setattr(machine_lock.time, "sleep", pauses.append)
        with path.open() as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            assert take(table, 1, 2, 60, now=100)
            waited = len(pauses)
            assert waited > 0
            assert [take(table, 1, 2, 60, now=100) for _ in range(2)] == [True, False]
            assert len(pauses) == waited
        monkeypatch.undo()

    def test_the_child_of_a_fork_has_a_lock_of_its_own(self, table):
        with table._lock:
            pid = os.fork()
            if pid == 0:
                table.open_again()
                got = machine_lock._flock(table._descriptor, machine_lock._TAKE)
                os._exit(0 if got == -1 else 1)
            _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert not machine_lock._flock(table._descriptor, machine_lock._TAKE)
        machine_lock._flock(table._descriptor, machine_lock._LEAVE)


def test_who_is_alone_does_not_ask_the_system(path, monkeypatch):
    others, asked = [True], []
    table = RateTable(path, lambda: not others[0])
    real = machine_lock._flock
    monkeypatch.setattr(machine_lock, "_flock", lambda *call: asked.append(call[1]) or real(*call))
    for second, others[0] in ((100, False), (101, True), (102, False)):
        assert [take(table, 1, 9, 60, now=second) for _ in range(2)] == [True, True]
    assert asked == [machine_lock._TAKE, machine_lock._LEAVE] * 2
    table.close()

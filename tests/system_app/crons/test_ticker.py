"""The minute's beginning, by a clock that is set, and on a machine that sleeps."""

import threading
from datetime import UTC, datetime

import pytest

from system_app.crons.ticker import NAP_SECONDS, Ticker

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


class Wall:
    """A clock that goes on while somebody naps; `jumps` are `{time: seconds}`, each at its time, once."""

    def __init__(self, start, jumps=None, late=0.0):
        self.now = start
        self.jumps = dict(jumps or {})
        self.late = late
        self.naps = 0

    def __call__(self):
        return self.now

    def nap(self, seconds):
        assert seconds <= NAP_SECONDS
        self.naps += 1
        self.now += max(seconds, 0) + self.late
        for at, by in list(self.jumps.items()):
            if self.now >= at:
                del self.jumps[at]
                self.now += by


def ticked(wall, until, *, interval_seconds=60, tick=lambda moment: None):
    """`HH:MM:SS`, and how late: the ticks that come before `until` naps."""
    over, found = threading.Event(), []

    def nap(seconds):
        wall.nap(seconds)
        if wall.naps >= until:
            over.set()

    def note(moment):
        found.append((f"{moment:%H:%M:%S}", round(wall.now - moment.timestamp(), 3)))
        tick(moment)

    Ticker(note, interval_seconds=interval_seconds, clock=wall, nap=nap).run(over)
    return found


def minutes(found):
    return [minute for minute, _ in found]


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(NOON, id="at the beginning of a minute"),
        pytest.param(NOON + 0.001, id="just after it"),
        pytest.param(NOON + 59.999, id="just before the next"),
    ],
)
def test_begins_with_the_next_minute(start):
    assert ticked(Wall(start), 30)[:2] == [("12:01:00", 0), ("12:02:00", 0)]


def test_does_not_drift_however_late_sleep_ends():
    found = ticked(Wall(NOON, late=0.4), 200)
    assert minutes(found) == [f"12:{minute:02}:00" for minute in range(1, len(found) + 1)]
    assert len(found) >= 15
    assert max(late for _, late in found) <= 0.401


def test_a_minute_that_takes_long_is_not_made_up_for():
    wall = Wall(NOON)

    def tick(moment):
        if moment.minute == 2:
            wall.now += 150  # to 12:04:30

    assert minutes(ticked(wall, 60, tick=tick))[:4] == ["12:01:00", "12:02:00", "12:04:00", "12:05:00"]


@pytest.mark.parametrize(
    ("jump", "after"),
    [
        pytest.param(3 * 3600, ["15:01:00", "15:02:00", "15:03:00"], id="suspended for hours"),
        pytest.param(60, ["12:02:00", "12:03:00", "12:04:00"], id="a minute on"),
        pytest.param(-20, ["12:02:00", "12:03:00"], id="a little back, in the same minute"),
        pytest.param(-40, ["12:02:00", "12:03:00"], id="a little back, into the minute before"),
        pytest.param(-3600, ["11:01:00", "11:02:00", "11:03:00"], id="an hour back"),
    ],
)
def test_a_clock_that_is_set(jump, after):
    """It is noticed within a nap; the minute it is then is ticked, unless it was."""
    wall = Wall(NOON, {NOON + 90: jump})
    assert minutes(ticked(wall, 48))[:4] == ["12:01:00", *after][:4]


def test_a_step_back_over_the_beginning_of_a_minute_ticks_it_once():
    wall = Wall(NOON, {NOON + 60: -0.5, NOON + 120: -0.5})
    assert minutes(ticked(wall, 45)) == ["12:01:00", "12:02:00", "12:03:00"]


def test_after_an_error_it_goes_on(caplog):
    def tick(moment):
        if moment.minute == 1:
            raise OSError("locked")

    assert minutes(ticked(Wall(NOON), 25, tick=tick)) == ["12:01:00", "12:02:00"]
    assert "the jobs of 2026-03-01 12:01 UTC were not started" in caplog.text


def test_other_intervals():
    assert minutes(ticked(Wall(NOON + 1), 8, interval_seconds=5))[:2] == ["12:00:05", "12:00:10"]


def test_runs_on_a_thread_until_it_is_stopped():
    ticked_at, first = [], threading.Event()

    def tick(moment):
        ticked_at.append(moment)
        first.set()

    hours = iter(range(10_000))
    ticker = Ticker(tick, clock=lambda: NOON + 3600 * next(hours))
    ticker.start()
    ticker.start()
    assert first.wait(60) and ticker.is_running
    ticker.stop()
    assert not ticker.is_running
    assert ticked_at == sorted(set(ticked_at))

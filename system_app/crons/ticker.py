"""The clock of jobs: a call at the beginning of every minute, by the clock on the wall.

Sleeping is not keeping time. Clocks are set, machines are suspended, and a thread that sleeps for a minute is
late by a little more each time. So the ticker looks at the clock, every few seconds and again at the minute.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connections

logger = logging.getLogger(__name__)

# So long it may take to notice that the clock was set, or that the machine slept.
NAP_SECONDS = 5.0


class Ticker:
    """Calls `tick` with the beginning of each interval, on a thread of its own.

    - The interval in which it is started is not ticked: the first tick is at the next one's beginning.
    - Intervals that pass while a tick is still at work, or while the machine is suspended, are gone. The one
      in which it wakes up is ticked, late.
    - A clock set back by less than an interval ticks nothing twice. Set back by more, it goes on from there.
    """

    def __init__(
        self,
        tick: Callable[[datetime], object],
        *,
        interval_seconds: int = 60,
        clock: Callable[[], float] = time.time,
        nap: Callable[[float], object] | None = None,
    ) -> None:
        """`nap` takes the seconds that it may last; without one it ends when the ticker is stopped."""
        self._tick = tick
        self._interval = interval_seconds
        self._clock = clock
        self._nap = nap
        self._over: threading.Event | None = None

    def start(self) -> None:
        """Nothing happens when it runs already."""
        if self._over is None:
            self._over = threading.Event()
            threading.Thread(target=self.run, args=(self._over,), name="joey-crons", daemon=True).start()

    def stop(self) -> None:
        """A tick that is at work goes on to its end."""
        if self._over is not None:
            self._over.set()
            self._over = None

    @property
    def is_running(self) -> bool:
        return self._over is not None

    def run(self, over: threading.Event) -> None:
        """Tick until it is over."""
        nap = self._nap or over.wait
        last = self._interval_now()
        while not over.is_set():
            now = self._interval_now()
            if now in (last, last - 1):
                nap(min((now + 1) * self._interval - self._clock(), NAP_SECONDS))
                continue
            last = now
            self._tick_safely(datetime.fromtimestamp(now * self._interval, UTC))

    def _interval_now(self) -> int:
        """Which interval it is, counted from 1970."""
        return int(self._clock() // self._interval)

    def _tick_safely(self, moment: datetime) -> None:
        try:
            self._tick(moment)
        except Exception:
            logger.exception("the jobs of %s UTC were not started", f"{moment:%Y-%m-%d %H:%M}")
        finally:
            connections.close_all()

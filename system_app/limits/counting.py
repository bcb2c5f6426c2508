"""Where this process counts requests: with the others of its machine, or with those of all machines.

Server processes join the others when they start. What only saves settings, or runs a job, finds the table of
its machine by its place.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection

from platform_app.database.replacing import RATE_LIMITS
from platform_app.runtime_settings.row import saved_at
from realtime_app.bus.bus import bus
from realtime_app.bus.unix_layer import UnixLayer
from system_app.limits import rate_limits
from system_app.limits.counters import Counters
from system_app.limits.machine_counters import MachineCounters
from system_app.limits.rate_table import RateTable

logger = logging.getLogger(__name__)

# As in the reference: a little off the hour, for clients whose window was over half an hour ago.
CLEANING = "2 * * * *"
_IDLE_SECONDS = 1800


class _Joined:
    """This process among those that count; `table` is None until it joins."""

    table: RateTable | None = None

    def open_again(self) -> None:
        """In the child of a fork."""
        try:
            if self.table is not None:
                self.table.open_again()
        except OSError:
            self.table, rate_limits.counters = None, Counters()


_joined = _Joined()
os.register_at_fork(after_in_child=_joined.open_again)


def join() -> None:
    """Count together with the other processes; what stands in the way is logged, and stops nobody."""
    try:
        table = RateTable(settings.JOEY_DATA_DIR / RATE_LIMITS, _alone())
    except OSError as error:
        logger.warning("each process counts for itself what rate limits are about: %s", error)
        return
    _joined.table = table
    counters = rate_limits.counters = MachineCounters(table)
    if _machines_share():
        from system_app.limits.redis_counters import RedisCounters  # its package is there with such a URL

        rate_limits.counters = RedisCounters(settings.JOEY_REDIS_URL, counters)


def _alone() -> Callable[[], bool]:
    """What says whether no other process of this machine serves.

    Where the bus leads over a server, it may be away, and the others be here all the same.
    """
    is_on_this_machine = isinstance(get_channel_layer(), UnixLayer)
    return lambda: is_on_this_machine and bus.is_alone


def begin_anew() -> None:
    """Forget what the server counted before it was started again."""
    with _table() as table:
        if table is not None:
            table.begin_anew()


def forget() -> None:
    """Forget all that was counted: the settings were saved."""
    saved = saved_at()
    with _table() as table:
        if table is not None:
            table.reset(saved)
    if _machines_share():
        from system_app.limits.redis_counters import forget_in_redis

        forget_in_redis(settings.JOEY_REDIS_URL, saved)


def cleaning_schedule() -> str:
    """When to clean up; "" while nothing has been counted, as in the reference."""
    with _table() as table:
        return CLEANING if table is not None and table.has_counted else ""


def clean() -> None:
    """Forget clients whose window was over half an hour ago. Redis does so by itself."""
    with _table() as table:
        if table is not None:
            table.clean(int(time.time()) - _IDLE_SECONDS)


@contextmanager
def _table() -> Iterator[RateTable | None]:
    """The machine's table, if there is one that can be used."""
    if _joined.table is not None:
        yield _joined.table
        return
    place = settings.JOEY_DATA_DIR / RATE_LIMITS
    try:
        table = RateTable(place) if place.exists() else None
    except OSError as error:
        logger.warning("the rate limits that are counted are left alone: %s", error)
        table = None
    if table is None:
        yield None
    else:
        with closing(table):
            yield table


def _machines_share() -> bool:
    """Whether there are other machines that count in Redis: SQLite's files are on one."""
    return bool(settings.JOEY_REDIS_URL) and connection.vendor != "sqlite"

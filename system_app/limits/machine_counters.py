"""Counters that all processes of this machine share, in the table of `rate_table.py`."""

import time
from collections.abc import Callable

from platform_app.runtime_settings.shape import RateLimitRule, RateLimitSettings
from system_app.limits.rate_table import OtherEpoch, RateTable, Window

# Windows that are remembered: to make a key takes as long as to count.
_MOST_REMEMBERED = 4096


class MachineCounters:
    """What is left of every window on this machine; `clock` gives seconds since 1970."""

    def __init__(self, table: RateTable, clock: Callable[[], float] = time.time) -> None:
        self.table = table
        self.clock = clock
        self._known: _Known | None = None

    def take(self, limits: RateLimitSettings, rule: RateLimitRule, limiter: str, ip: str) -> bool:
        now = int(self.clock())
        known = self._known
        while True:
            if known is None or known.limits is not limits:
                known = self._known = _Known(self.table, limits)
            window = known.windows.get((limiter, ip)) or known.learn(limiter, rule, ip)
            try:
                return self.table.take(window, now)
            except OtherEpoch:
                known = None


class _Known:
    """What was looked up for one state of the settings, in one epoch of the table."""

    def __init__(self, table: RateTable, limits: RateLimitSettings) -> None:
        self.limits = limits
        self.windows: dict[tuple[str, str], Window] = {}
        self._epoch = table.epoch
        self._rules: dict[str, tuple[int, int]] = {}
        self._table = table
        # Processes that do not know of new rules yet count by their old ones, apart.
        self._rules_text = repr(limits.rules)

    def learn(self, limiter: str, rule: RateLimitRule, ip: str) -> Window:
        text = f"{self._rules_text}{limiter}"
        kept = self._rules.get(limiter)
        if kept is None:
            key = self._table.key_of(text)
            kept = self._rules[limiter] = self._table.rule(key, rule.max_requests, rule.duration_seconds)
        if len(self.windows) >= _MOST_REMEMBERED:
            self.windows.clear()
        most, seconds = kept
        window = Window(self._table.key_of(f"{text}{ip}"), most, seconds, self._epoch)
        self.windows[limiter, ip] = window
        return window

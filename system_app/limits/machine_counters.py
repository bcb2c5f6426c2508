"""Counters that all processes of this machine share, in the table of `rate_table.py`."""

import time
from collections.abc import Callable

from platform_app.runtime_settings.shape import RateLimitRule, RateLimitSettings
from system_app.limits.rate_table import OtherEpoch, RateTable

# Clients whose keys are remembered: to make one takes as long as to count.
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
            most, seconds = known.rules.get(limiter) or known.learn_rule(limiter, rule)
            key = known.keys.get((limiter, ip)) or known.learn_key(limiter, ip)
            try:
                return self.table.take(key, most, seconds, now, known.epoch)
            except OtherEpoch:
                known = None


class _Known:
    """What was looked up for one state of the settings, in one epoch of the table."""

    def __init__(self, table: RateTable, limits: RateLimitSettings) -> None:
        self.limits = limits
        self.epoch = table.epoch
        self.rules: dict[str, tuple[int, int]] = {}
        self.keys: dict[tuple[str, str], int] = {}
        self._table = table
        # Processes that do not know of new rules yet count by their old ones, apart.
        self._rules_text = repr(limits.rules)

    def learn_rule(self, limiter: str, rule: RateLimitRule) -> tuple[int, int]:
        key = self._table.key_of(f"{self._rules_text}{limiter}")
        kept = self.rules[limiter] = self._table.rule(key, rule.max_requests, rule.duration_seconds)
        return kept

    def learn_key(self, limiter: str, ip: str) -> int:
        if len(self.keys) >= _MOST_REMEMBERED:
            self.keys.clear()
        key = self.keys[limiter, ip] = self._table.key_of(f"{self._rules_text}{limiter}{ip}")
        return key

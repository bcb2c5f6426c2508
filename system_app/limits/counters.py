"""Counters of requests in this process's memory, for servers and tests that share nothing."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from platform_app.runtime_settings.shape import RateLimitRule, RateLimitSettings

_SWEEP_FROM = 1000


class Counting(Protocol):
    """What is left of every window; any thread may call."""

    def take(self, limits: RateLimitSettings, rule: RateLimitRule, limiter: str, ip: str) -> bool:
        """Use up one request of `ip`; False when none is left in this window.

        A limiter keeps the rule that it was first used with, until the settings are saved.
        """


@dataclass(slots=True)
class _Window:
    ends_at: int
    left: int


class Counters:
    """What is left of every window, for one state of the settings; `clock` gives seconds since 1970.

    Windows are counted in whole seconds, as in the reference.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._forget(None)

    def _forget(self, limits: RateLimitSettings | None) -> None:
        self._limits = limits
        self._rules: dict[str, RateLimitRule] = {}
        self._windows: dict[tuple[str, str], _Window] = {}
        self._sweep_at = _SWEEP_FROM

    def take(self, limits: RateLimitSettings, rule: RateLimitRule, limiter: str, ip: str) -> bool:
        now = int(self.clock())
        with self._lock:
            if limits is not self._limits:
                self._forget(limits)
            rule = self._rules.setdefault(limiter, rule)
            window = self._windows.get((limiter, ip))
            if window is None or now >= window.ends_at:
                self._sweep(now)
                window = _Window(now + rule.duration_seconds, rule.max_requests)
                self._windows[limiter, ip] = window
            if window.left <= 0:
                return False
            window.left -= 1
            return True

    def _sweep(self, now: int) -> None:
        """Drop windows that are over once there are twice as many as the last sweep had left."""
        if len(self._windows) < self._sweep_at:
            return
        self._windows = {key: window for key, window in self._windows.items() if now < window.ends_at}
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._windows))

"""Which connections there are and what each of them waits for, so that none is kept too long."""

import logging
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Protocol

from system_app.connections.bounds import Bounds

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
_SECONDS_BETWEEN_WARNINGS = 60.0


class Watched(Protocol):
    """A connection, as far as its watch knows it."""

    def cut(self) -> None:
        """End it at once; what was not sent is lost."""

    def is_event_stream(self) -> bool:
        """Whether its answer is one that may go on for ever."""


class Watch:
    """The connections of one process, by what they wait for, the longest waiting first.

    `idle` has no request in progress: silent, between two requests, or with half a head. `reading` has sent
    half a body. `answering` has a request in progress, with half a body or a whole one. Each says until when
    that may last, by the clock. `stalled` is those whose clients do not take what is sent, and since when.

    The dictionaries are the connections' to change, as that happens several times per request.
    """

    def __init__(self, bounds: Bounds, clock: Callable[[], float] = time.monotonic) -> None:
        self.bounds = bounds
        self.clock = clock
        self.idle: dict[Watched, float] = {}
        self.reading: dict[Watched, float] = {}
        self.answering: dict[Watched, float] = {}
        self.stalled: dict[Watched, float] = {}
        self._connections: set[Watched] = set()
        self._held: dict[Watched, int] = {}
        self._held_bytes = 0
        self._has_begun = False
        self._next_warning = float("-inf")

    def begin(self, loop: AbstractEventLoop) -> None:
        """Sweep every second from now on; only the first call counts."""
        if not self._has_begun:
            self._has_begun = True
            loop.call_later(SWEEP_SECONDS, self._tick, loop)

    def _tick(self, loop: AbstractEventLoop) -> None:
        loop.call_later(SWEEP_SECONDS, self._tick, loop)
        self.sweep()

    def sweep(self) -> None:
        """Cut whatever has waited too long."""
        now = self.clock()
        for waiting in (self.idle, self.reading):
            for connection in [one for one, until in waiting.items() if until <= now]:
                self.cut(connection)
        for connection in [one for one, until in self.answering.items() if until <= now]:
            self._end_answer(connection, now)

    def _end_answer(self, connection: Watched, now: float) -> None:
        """An event stream may go on, as long as its client takes something."""
        until = self.stalled.get(connection, now) + self.bounds.write_seconds
        if until > now and connection.is_event_stream():
            self.answering[connection] = until
        else:
            self.cut(connection)

    def join(self, connection: Watched) -> None:
        """A new connection; when there is no room another goes, or it, when all others are being answered."""
        self._connections.add(connection)
        self.idle[connection] = self.clock() + self.bounds.head_seconds
        if len(self._connections) > self.bounds.most_connections:
            self._make_room(connection)

    def leave(self, connection: Watched) -> None:
        """It ended, or is about to."""
        self._connections.discard(connection)
        for waiting in (self.idle, self.reading, self.answering, self.stalled):
            waiting.pop(connection, None)
        self.hold(connection, 0)

    def hold(self, connection: Watched, size_bytes: int) -> None:
        """It holds so much in memory that nobody works on; past the bound, whoever does so longest goes."""
        self._held_bytes += size_bytes - self._held.pop(connection, 0)
        if size_bytes:
            self._held[connection] = size_bytes
        while self._held_bytes > self.bounds.waiting_bytes:
            self.cut(next(iter(self._held)))

    def cut(self, connection: Watched) -> None:
        self.leave(connection)
        connection.cut()

    def _make_room(self, newcomer: Watched) -> None:
        for waiting in (self.idle, self.reading, self.stalled):
            oldest = next(iter(waiting)) if waiting else newcomer
            if oldest is not newcomer:
                self.cut(oldest)
                return
        self.cut(newcomer)
        now = self.clock()
        if now >= self._next_warning:
            self._next_warning = now + _SECONDS_BETWEEN_WARNINGS
            logger.warning(
                "%d connections, and all of them have requests in progress: new ones are closed. See "
                "MOST_CONNECTIONS, and the limit of open files.",
                self.bounds.most_connections,
            )

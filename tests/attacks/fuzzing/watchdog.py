"""The watchdog: a process of its own that asks for health every 50 ms and notes when it was answered.

A process, because a thread would wait for the interpreter of those who attack and call that the server's gap.
"""

import http.client
import multiprocessing
import time
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

EVERY_SECONDS = 0.05
_PATIENCE_SECONDS = 120.0
_HEALTH = "/api/health"


@dataclass(frozen=True)
class Look:
    """One question: when it was asked and answered (`time.monotonic()`), and the status; 0 for no answer.

    `overslept` is how many seconds late the watchdog itself was with its question: the machine's fault.
    """

    asked: float
    answered: float
    status: int
    overslept: float


@dataclass(frozen=True)
class Gap:
    """A stretch without an answer, between two looks; `machine_seconds` of it the watchdog did not run."""

    begin: float
    end: float
    machine_seconds: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class Watchdog:
    """Looks from `start()` until `stop()`, which returns the looks."""

    def __init__(self, url: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_watch, args=(url, theirs), daemon=True)

    def start(self) -> None:
        """Returns when the first look was answered."""
        self._process.start()
        self._ours.recv()

    def stop(self) -> list[Look]:
        self._ours.send(None)
        looks: list[Look] = self._ours.recv()
        self._process.join()
        return looks


def _watch(url: str, reports: Connection) -> None:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(
        address.hostname or "127.0.0.1", address.port, timeout=_PATIENCE_SECONDS
    )
    looks: list[Look] = []
    due = time.monotonic()
    while not reports.poll():
        asked = time.monotonic()
        status = _ask(connection)
        looks.append(Look(asked, time.monotonic(), status, asked - due))
        if len(looks) == 1:
            reports.send(None)
        due = max(asked + EVERY_SECONDS, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
    connection.close()
    reports.send(looks)


def _ask(connection: http.client.HTTPConnection) -> int:
    try:
        connection.request("GET", _HEALTH)
        with connection.getresponse() as response:
            response.read()
            return response.status
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0


def gaps(looks: Iterable[Look]) -> list[Gap]:
    """The stretches between one good answer and the next, longest first."""
    found: list[Gap] = []
    last: float | None = None
    machine = 0.0
    for look in looks:
        machine += max(0.0, look.overslept)
        if look.status == 200:
            if last is not None:
                found.append(Gap(last, look.answered, machine))
            last, machine = look.answered, 0.0
    return sorted(found, key=lambda gap: gap.seconds, reverse=True)

"""Others who ask while an attack runs: a process of its own, with a connection for each question.

A process, because threads beside those who attack would wait for their interpreter and call that the server's
fault.
"""

import http.client
import json
import multiprocessing
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from tests.attacks.world import PASSWORD

PATIENCE_SECONDS = 120.0
_FIRST_SECONDS = 30.0


@dataclass(frozen=True)
class Question:
    """What somebody keeps asking; after an answer they wait so long before they ask again."""

    name: str
    method: str
    target: str
    body: bytes | None = None
    pause_seconds: float = 0.05


HEALTH = Question("health", "GET", "/api/health")
VIEW = Question("view", "GET", "/api/collections/posts/records/post00000000001")
SIGN_IN = Question(
    "sign-in",
    "POST",
    "/api/collections/members/auth-with-password",
    json.dumps({"identity": "person1@example.com", "password": PASSWORD}).encode(),
)


@dataclass(frozen=True)
class Look:
    """One question: when it was asked and answered (`time.monotonic()`), and the status; 0 for no answer.

    `overslept` is how many seconds late it was asked: the machine's fault, not the server's.
    """

    asked: float
    answered: float
    status: int
    overslept: float

    @property
    def seconds(self) -> float:
        return self.answered - self.asked


@dataclass(frozen=True)
class Gap:
    """A stretch without an answer, between two looks; `machine_seconds` of it the asker did not run."""

    begin: float
    end: float
    machine_seconds: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class Watch:
    """Asks each of the questions over and over from `start()` until `stop()`; `looks` grow meanwhile."""

    def __init__(
        self,
        url: str,
        questions: Sequence[Question] = (HEALTH,),
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_ask_all, args=(url, tuple(questions), patience_seconds, theirs), daemon=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._begun = threading.Event()
        self.looks: dict[str, list[Look]] = {question.name: [] for question in questions}

    def start(self) -> None:
        """Returns when each question was answered once."""
        self._process.start()
        self._reader.start()
        assert self._begun.wait(_FIRST_SECONDS), "others were not answered even before the attack"

    def stop(self) -> dict[str, list[Look]]:
        """What was asked, by question; those that were under way when it stops included."""
        self._ours.send(None)
        self._reader.join()
        self._process.join()
        return self.looks

    def _read(self) -> None:
        while (report := self._ours.recv()) is not None:
            name, look = report
            self.looks[name].append(look)
            if all(self.looks.values()):
                self._begun.set()


def _ask_all(url: str, questions: tuple[Question, ...], patience_seconds: float, reports: Connection) -> None:
    ended = threading.Event()
    lock = threading.Lock()

    def ask(question: Question) -> None:
        address = urlsplit(url)
        connection = http.client.HTTPConnection(
            address.hostname or "127.0.0.1", address.port, timeout=patience_seconds
        )
        due = time.monotonic()
        while not ended.is_set():
            asked = time.monotonic()
            status = _status(connection, question)
            answered = time.monotonic()
            with lock:
                reports.send((question.name, Look(asked, answered, status, asked - due)))
            due = answered + question.pause_seconds
            ended.wait(question.pause_seconds)
        connection.close()

    threads = [threading.Thread(target=ask, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    reports.recv()
    ended.set()
    for thread in threads:
        thread.join()
    reports.send(None)


def _status(connection: http.client.HTTPConnection, question: Question) -> int:
    headers = {"Content-Type": "application/json"} if question.body else {}
    try:
        connection.request(question.method, question.target, body=question.body, headers=headers)
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


def longest_seconds(looks: Iterable[Look]) -> float:
    """The longest gap; infinite when there were not even two answers."""
    found = gaps(looks)
    return found[0].seconds if found else float("inf")

"""What this process has asked others and has no answer to yet; used on one event loop."""

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from realtime_app.bus.errors import NoAnswer, NoSuchProcess

MOST_OPEN = 10_000


@dataclass(frozen=True)
class _Question:
    tag: str
    answer: "Future[Any]"
    deadline: asyncio.TimerHandle


class Questions:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open: dict[int, _Question] = {}
        self._last = 0

    def add(self, tag: str, answer: "Future[Any]", *, seconds: float) -> int:
        """The number under which the answer comes. Raises NoAnswer when too many are open."""
        if len(self._open) >= MOST_OPEN:
            raise NoAnswer(f"{MOST_OPEN} questions have no answer yet")
        self._last += 1
        late = NoAnswer(f"process {tag} has not answered within {seconds} s")
        deadline = self._loop.call_later(seconds, self.fail, self._last, late)
        self._open[self._last] = _Question(tag, answer, deadline)
        return self._last

    def settle(self, number: int, value: Any) -> None:
        """An answer that comes after its deadline goes nowhere."""
        if number in self._open:
            self._close(number).set_result(value)

    def fail(self, number: int, error: Exception) -> None:
        if number in self._open:
            self._close(number).set_exception(error)

    def fail_all(self, tag: str | None = None) -> None:
        """Those to process `tag`, which has ended; without one, those to all."""
        for number, question in list(self._open.items()):
            if tag in (None, question.tag):
                self.fail(number, NoSuchProcess(f"process {question.tag} has ended, or this one"))

    def _close(self, number: int) -> "Future[Any]":
        question = self._open.pop(number)
        question.deadline.cancel()
        return question.answer

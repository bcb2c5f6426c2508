"""What happens around an answer that is ready: it is held back, or something is begun beside it.

It may come later (`hold_answer`), or after an errand on the network (`before_answer`); or the errand is run
while the answer goes out (`beside_answer`). None takes a thread of the pool: the event loop counts the time,
and errands have threads of their own. On a WSGI server the thread of the request waits instead; where nobody
waits for an answer, such as in a command, everything is done at once.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from platform_app.database.lanes import mark_unrepeatable, require_pool
from platform_app.requests.lane_threads import LaneFull, threads_of

logger = logging.getLogger(__name__)

Then = Callable[[Exception | None], None]
Result = TypeVar("Result")


class DeadlinePassed(Exception):
    """What an answer waited for was not done in time; it may still be done later."""


@dataclass(frozen=True)
class Errand:
    """Work that waits for the network, and what is done with its outcome then."""

    work: Callable[[], object]
    then: Then


@dataclass(frozen=True)
class Wait(Errand):
    """An errand that an answer waits for, so many seconds at most."""

    deadline_seconds: float


@dataclass
class Held:
    """What one answer waits for: first for all `waits`, in order, then for `delay_seconds`.

    `beside` is begun when the answer is sent, and not waited for.
    """

    delay_seconds: float = 0.0
    waits: list[Wait] = field(default_factory=list)
    beside: list[Errand] = field(default_factory=list)


class _Thread(threading.local):
    """Whether this thread runs work whose caller can hold answers back, and what was asked of it so far."""

    is_collecting = False
    held: Held | None = None


_thread = _Thread()


def hold_answer(seconds: float) -> None:
    """Send the answer to this thread's request so much later."""
    if not _thread.is_collecting:
        time.sleep(seconds)
        return
    _held().delay_seconds += seconds


def before_answer(work: Callable[[], object], then: Then, *, deadline_seconds: float) -> None:
    """Do `work`, which waits for the network, and after it `then`, before this thread's request is answered.

    `work` is done on a thread for errands, once the view has returned, so after everything that it commits.
    `then` gets what `work` raised, or LaneFull, or DeadlinePassed, or None; it is done in the pool, and what
    it raises is logged.
    """
    require_pool()
    mark_unrepeatable()  # it must not be asked for twice
    wait = Wait(work, then, deadline_seconds)
    if _thread.is_collecting:
        _held().waits.append(wait)
    else:
        then(_outcome_here(wait))


def beside_answer(work: Callable[[], object], then: Then) -> None:
    """Do `work`, which waits for the network, and after it `then`, while this thread's request is answered.

    What a request asks for twice, with the same two functions, is done once.
    Both are done on a thread for errands, once the answer is sent, so after everything that the view commits;
    `work` has no deadline but its own. `then` gets what it raised, or LaneFull, or None; what `then` raises
    is logged. A process that ends waits for errands for a moment only.
    """
    require_pool()
    mark_unrepeatable()
    errand = Errand(work, then)
    if _thread.is_collecting:
        if errand not in _held().beside:
            _held().beside.append(errand)
    else:
        run_errand(errand)


def begin(errands: Iterable[Errand]) -> None:
    """Have the errands run on threads of theirs, without waiting for them."""
    for errand in errands:
        try:
            threads_of("errands").submit(run_errand, errand)
        except LaneFull as error:
            threads_of("pool").submit_admitted(tell, errand, error)


def run_errand(errand: Errand) -> None:
    tell(errand, attempt(errand.work))


def settle(held: Held) -> None:
    """Do here what an answer waits for; for servers without an event loop."""
    begin(held.beside)
    for wait in held.waits:
        tell(wait, _outcome_here(wait))
    if held.delay_seconds:
        time.sleep(held.delay_seconds)


def collect(work: Callable[..., Result], *args: Any) -> tuple[Result, Held | None]:
    """Do `work` here; its result, and what it wants its answer to wait for.

    What `work` asked for before it raised is dropped.
    """
    thread = _thread
    thread.is_collecting = True
    try:
        return work(*args), thread.held
    finally:
        thread.is_collecting = False
        thread.held = None


def tell(errand: Errand, error: Exception | None) -> None:
    """Do what is to be done with the outcome."""
    try:
        errand.then(error)
    except Exception:
        logger.exception("work around an answer failed")


def _held() -> Held:
    if _thread.held is None:
        _thread.held = Held()
    return _thread.held


def attempt(work: Callable[[], object]) -> Exception | None:
    """Do `work`; what it raised. Nobody may be left to hear of it, when it comes too late."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - told, not raised
        return error
    return None


def too_late(wait: Wait) -> DeadlinePassed:
    return DeadlinePassed(f"not done in {wait.deadline_seconds:g} s")


def _outcome_here(wait: Wait) -> Exception | None:
    try:
        job = threads_of("errands").submit(attempt, wait.work)
    except LaneFull as error:
        return error
    try:
        return job.result(wait.deadline_seconds)
    except TimeoutError:
        job.cancel()  # when it has not begun; a thread that hangs is left alone
        return too_late(wait)

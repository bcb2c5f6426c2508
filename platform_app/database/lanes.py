"""The lanes from below: what this thread may do now, and what sends a request to another one.

The inline lane is the event loop's own thread (`platform_app.requests.lanes` says what starts there). Only
short indexed work belongs on it. A request there has a budget of processor time for all that it does: once it
is spent, `NeedsPool` sends the request to a thread, where it begins again. So does a write that finds the
database busy. Statements that spent a budget are remembered, so that the next request with one of them does
not try. Once a row is written nothing sends the request away any more: it would be written twice.

On a thread a request has an `Allowance`: its queries end when that is over.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from math import inf
from typing import Any, TypeVar

from django.core.exceptions import SynchronousOnlyOperation

from platform_app.wire.errors import BadRequest

# What one request may take inline: so much in any case, and then so much processor time (wall-clock time
# would blame it for a busy machine). To read the processor's clock costs ten times as much as the other.
INLINE_SECONDS = 0.0015
INLINE_CPU_SECONDS = 0.002
_MOST_SLOW_STATEMENTS = 10_000
_SLOW_SECONDS = 60.0

Result = TypeVar("Result")


class NeedsPool(BaseException):
    """This request turned out to be more than short work; a BaseException so that no view swallows it."""


class TooLong(NeedsPool):
    """What the client asks for takes, or may take, more time than a request has inline."""


class NeedsTime(BaseException):
    """This request must go on, from its beginning, where queries may take long."""


class NeedsOutcome(BaseException):
    """This request must begin again when a job of somebody else's is done; until then it needs no thread."""

    def __init__(self, job: "Future[Any]", seconds: float) -> None:
        super().__init__()
        self.job = job
        self.seconds = seconds


class OutOfTime(BadRequest):
    """The request took all the time that it may take, or nobody waits for it any more."""


class Allowance:
    """How long the queries of one request may go on, on a thread; the event loop may end it before.

    A request moves to where queries may take long when it is not done after `moves_after` seconds, unless it
    has done by then what must not be done twice. `seconds` is what it may take in the end. Other work than
    queries is only cut short where it `may_be_cut`: what has written must say so. `awaited` is the job that
    the request has waited for already, without a thread.
    """

    def __init__(
        self,
        seconds: float,
        *,
        moves_after: float = inf,
        may_be_cut: bool = True,
        awaited: "Future[Any] | None" = None,
    ) -> None:
        self._seconds = seconds
        self._moves_after = moves_after
        self.ends_at = self.moves_at = inf  # until it begins
        self.may_be_cut = self.may_begin_again = may_be_cut
        self.awaited = awaited
        self.is_dropped = False
        self.was_over = False  # somebody was told to stop
        self._lock = threading.Lock()
        self._interrupt: Callable[[], object] | None = None

    def begin(self) -> None:
        """Now the request has its thread: to wait for one does not count."""
        now = time.monotonic()
        self.ends_at = now + self._seconds
        self.moves_at = now + self._moves_after

    def is_over(self) -> bool:
        """Whether what runs is to stop; who asks does so then."""
        now = time.monotonic()
        self.was_over = self.was_over or self.is_dropped or now > self.moves_at or now > self.ends_at
        return self.was_over

    def must_move(self) -> bool:
        """Whether the request was stopped, but goes on elsewhere."""
        return self.was_over and not self.is_dropped and self.moves_at < time.monotonic() < self.ends_at

    def stay(self) -> None:
        """From here on the request must not be begun again."""
        self.moves_at = inf
        self.may_begin_again = False

    def renew(self) -> None:
        """What is committed stands: what follows it has its own time."""
        self.stay()
        self.ends_at = time.monotonic() + self._seconds
        self.was_over = False

    def drop(self) -> None:
        """Nobody waits for the request any more."""
        self.is_dropped = True

    @contextmanager
    def interruptible(self, interrupt: Callable[[], object]) -> Iterator[None]:
        """While a statement runs that does not ask by itself: how others end it."""
        self._interrupt = interrupt
        try:
            yield
        finally:
            with self._lock:  # who interrupts this statement is not to hit the next one
                self._interrupt = None

    def interrupt(self) -> None:
        """End the statement that runs if the time is over; it may take the network."""
        with self._lock:
            if self._interrupt is not None and self.is_over():
                self._interrupt()


class _Thread(threading.local):
    """Whether this thread is serving an inline request now, and what it has done."""

    is_inline = False
    has_written = False  # in the inline request that runs, or ran last, on this thread
    unrepeatable = 0  # writes that nothing takes back any more, and the like
    clock_starts_at = 0.0  # for the inline request
    deadline = 0.0  # of the inline request, in seconds of this thread's processor time; 0: no clock runs yet
    allowance: Allowance | None = None  # of the request that this thread of a lane works on


thread = _Thread()


def run_inline(work: Callable[[], Result]) -> Result:
    """Do `work` within the budget; raises NeedsPool when it is not short."""
    thread.is_inline = True
    thread.has_written = False
    renew_budget()
    try:
        return work()
    finally:
        thread.is_inline = False
        thread.has_written = False


def renew_budget() -> None:
    thread.clock_starts_at = time.monotonic() + INLINE_SECONDS
    thread.deadline = 0.0


def is_budget_spent() -> bool:
    """Whether the inline request has to leave."""
    if time.monotonic() < thread.clock_starts_at:
        return False
    now = time.thread_time()
    if not thread.deadline:
        thread.deadline = now + INLINE_CPU_SECONDS
    return now > thread.deadline


def wasted_seconds() -> float:
    """What the last inline request of this thread took, about; 0 for one that was sent away at once."""
    if not thread.deadline:
        return 0.0
    return INLINE_SECONDS + INLINE_CPU_SECONDS + time.thread_time() - thread.deadline


def run_allowed(allowance: Allowance, work: Callable[..., Result], *args: Any) -> Result:
    """Do `work` on this thread with an allowance. Raises NeedsTime."""
    allowance.begin()
    thread.allowance = allowance
    try:
        return work(*args)
    finally:
        thread.allowance = None


def require_pool() -> None:
    """Say that what follows may be slow, or must not be done twice.

    An inline request moves to the pool; on a thread the request stays where it is, if it is not on its way
    already (then this raises NeedsTime).
    """
    if thread.is_inline:
        raise NeedsPool
    if (allowance := thread.allowance) is not None:
        if allowance.must_move():
            raise NeedsTime
        allowance.stay()


def require_queries_lane() -> None:
    """Say that what follows may take as long as the client wants: an inline request leaves."""
    if thread.is_inline:
        raise TooLong


def check_time() -> None:
    """Call this now and then in work that grows with what a client asks for.

    Raises TooLong inline, NeedsTime on a thread where others wait, and OutOfTime when all time is over.
    """
    if thread.is_inline:
        if is_budget_spent():
            raise TooLong
    elif (allowance := thread.allowance) is not None and allowance.is_over():
        if allowance.must_move():
            raise NeedsTime
        if allowance.may_be_cut:
            raise OutOfTime


@contextmanager
def for_a_part(seconds: float) -> Iterator[None]:
    """For what a request can do without: after so much time its queries end; the rest goes on.

    They raise what they raise when all time is over.
    """
    allowance = thread.allowance
    if allowance is None:
        yield
        return
    ends_at = allowance.ends_at
    allowance.ends_at = min(ends_at, time.monotonic() + seconds)
    try:
        yield
    finally:
        allowance.ends_at = ends_at
        allowance.was_over = False
        allowance.is_over()  # for another reason it may be


def wait_without_thread(
    begin: Callable[[], "Future[Result]"], seconds: float, *, is_repeatable: bool = False
) -> Result:
    """The result of the job that `begin` begins, or finds begun, within so much time.

    On a thread of a lane this raises NeedsOutcome: the request begins again when the job is done, and the job
    that it has waited for counts here then; so a request can wait for one. Who calls this for a request that
    may write says whether it `is_repeatable` up to here. Raises what the job raised, TimeoutError, and what
    `begin` raises.
    """
    require_queries_lane()
    allowance = thread.allowance
    if allowance is not None and allowance.awaited is not None:
        awaited: Future[Result] = allowance.awaited
        return awaited.result(0)
    if allowance is None or not (allowance.may_begin_again or is_repeatable):
        return begin().result(seconds)
    raise NeedsOutcome(begin(), seconds)


def has_written_inline() -> bool:
    """Whether this thread serves an inline request that has written its row."""
    return thread.has_written


class Held(AbstractContextManager[None]):
    """`with lock`, only that the event loop's thread does not wait for it: its request moves to the pool."""

    def __init__(self, lock: "threading.Lock | threading.RLock") -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=not thread.is_inline):
            raise NeedsPool

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def as_inline_error(error: Exception) -> None:
    """Raise NeedsPool when `error` only says that the ORM was used on the event loop's thread."""
    if thread.is_inline and isinstance(error, SynchronousOnlyOperation):
        raise NeedsPool from error


# --- what must not happen twice ---------------------------------------------------------------------


def mark_unrepeatable() -> None:
    """Note that this thread committed a transaction, or did something else that must not happen twice."""
    thread.unrepeatable += 1
    if thread.allowance is not None:
        thread.allowance.renew()


def unrepeatable_marks() -> int:
    """How often this thread did such a thing; work after which it is the same may be done again."""
    return thread.unrepeatable


# --- statements that take too long ------------------------------------------------------------------


class _Slow:
    """What all threads know of statements that spent a request's budget, under the present schema."""

    def __init__(self) -> None:
        # Until when, by their hashes, as texts may be long: a dict that remembers its oldest entry.
        self.statements: dict[int, float] = {}
        self.schemas = 0


_slow = _Slow()


def is_slow(sql: str) -> bool:
    """Whether this statement spent a request's budget lately, and more than once."""
    statements = _slow.statements
    return bool(statements) and time.monotonic() < statements.get(hash(sql), 0.0)


def remember_slow(sql: str) -> None:
    """Note that a statement was interrupted: once may be chance, the second time it is slow for a while."""
    statements, key = _slow.statements, hash(sql)
    is_known = key in statements
    while len(statements) >= _MOST_SLOW_STATEMENTS and not is_known:
        statements.pop(next(iter(statements)), None)
    statements[key] = time.monotonic() + _SLOW_SECONDS if is_known else 0.0


def forget_slow_statements() -> None:
    """Give every statement another chance inline: a changed schema may have brought the index it lacked."""
    _slow.statements.clear()
    _slow.schemas += 1


def schemas_seen() -> int:
    """How many changes of the schema this process has noticed."""
    return _slow.schemas

"""Jobs by the clock: what runs at which minutes, under which id (contract/system.md 6).

Reference: tools/cron/cron.go and job.go, PocketBase v0.39.11.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from system_app.crons.schedule import InvalidCron, Schedule
from system_app.jobs.times import LONGEST_SECONDS, USUAL_SECONDS

_BUILT_IN = "__pb"

Run = Callable[[], object]
Function = TypeVar("Function", bound=Run)


@dataclass(frozen=True)
class Job:
    """A function and its schedule.

    `when` is asked each minute where the expression may change while the server runs; "" is never, and so
    is what is no expression. For all other jobs it answers the same, always.
    """

    id: str
    when: Callable[[], str]
    run: Run
    timeout_seconds: int = USUAL_SECONDS

    @property
    def schedule(self) -> Schedule | None:
        """None while the job is switched off."""
        text = self.when()
        if not text:
            return None
        try:
            return Schedule.parse(text)
        except InvalidCron:
            return None

    def is_due(self, moment: datetime) -> bool:
        schedule = self.schedule
        return schedule is not None and schedule.is_due(moment)


class Jobs:
    """The jobs of one scheduler, by id. Any thread may ask and change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def add(
        self,
        job_id: str,
        expression: str | Callable[[], str],
        run: Run,
        *,
        timeout_seconds: int = USUAL_SECONDS,
    ) -> None:
        """Add a job, in place of the one with this id if there is one.

        Raises InvalidCron, TypeError for what cannot be called, ValueError for a time that is out of bounds.
        """
        if not callable(run):
            raise TypeError(f"cron {job_id!r}: the job must be a function, not {run!r}")
        if not 1 <= timeout_seconds <= LONGEST_SECONDS:
            raise ValueError(f"cron {job_id!r}: timeout_seconds must be from 1 to {LONGEST_SECONDS}")
        when = expression if callable(expression) else _always(job_id, expression)
        with self._lock:
            self._jobs.pop(job_id, None)  # the new one comes last
            self._jobs[job_id] = Job(job_id, when, run, timeout_seconds)

    def job(
        self,
        job_id: str,
        expression: str | Callable[[], str],
        *,
        timeout_seconds: int = USUAL_SECONDS,
    ) -> Callable[[Function], Function]:
        """`add` as a decorator."""

        def register(run: Function) -> Function:
            self.add(job_id, expression, run, timeout_seconds=timeout_seconds)
            return run

        return register

    def remove(self, job_id: str) -> None:
        """Nothing happens when there is no such job."""
        with self._lock:
            self._jobs.pop(job_id, None)

    def remove_all(self) -> None:
        with self._lock:
            self._jobs.clear()

    def find(self, job_id: str) -> Job | None:
        """The job, unless it is switched off."""
        job = self._jobs.get(job_id)
        return None if job is None or job.schedule is None else job

    def all(self) -> list[Job]:
        """Those that are not switched off, in the order in which they were added."""
        with self._lock:
            jobs = list(self._jobs.values())
        return [job for job in jobs if job.schedule is not None]

    def due(self, moment: datetime) -> list[Job]:
        with self._lock:
            jobs = list(self._jobs.values())
        return [job for job in jobs if job.is_due(moment)]

    def listed(self) -> list[tuple[str, str]]:
        """`(id, expression)` in the order of the API: your own by id, then those of the server."""
        found = [(job.id, schedule.expression) for job in self.all() if (schedule := job.schedule)]
        return sorted(
            found, key=lambda item: (True, "") if item[0].startswith(_BUILT_IN) else (False, item[0])
        )

    def __len__(self) -> int:
        """How many there are, without those that are switched off."""
        return len(self.all())


def _always(job_id: str, expression: str) -> Callable[[], str]:
    try:
        Schedule.parse(expression)
    except InvalidCron as error:
        raise InvalidCron(f"cron {job_id!r}: {error}") from error
    return lambda: expression

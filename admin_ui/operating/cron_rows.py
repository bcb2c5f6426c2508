"""What the list of jobs by the clock shows of each: when it runs, and how its last runs went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from admin_ui.operating.cron_words import words_of
from system_app.crons.jobs import Job, Jobs
from system_app.crons.models import Run
from system_app.crons.runs import KEPT, last_runs

_OURS = "system_app."
_BUSY = (Run.State.WAITING, Run.State.RUNNING)
_HEIGHTS = {Run.State.DONE: "good", Run.State.FAILED: "bad"}
_BAR_PIXELS = 5


@dataclass(frozen=True)
class CronRow:
    """A job; `runs` are the newest, the newest first."""

    id: str
    expression: str
    source: str
    next: datetime | None
    runs: Sequence[Run]

    @property
    def words(self) -> str:
        return words_of(self.expression)

    @property
    def busy(self) -> Run | None:
        """The run that waits or is at work."""
        return next((run for run in self.runs if run.state in _BUSY), None)

    @property
    def last(self) -> Run | None:
        """The newest that is over."""
        return next((run for run in self.runs if run.state not in _BUSY), None)

    @property
    def is_failing(self) -> bool:
        return self.last is not None and self.last.state == Run.State.FAILED

    @property
    def ended(self) -> int:
        return sum(run.state not in _BUSY for run in self.runs)

    @property
    def failures(self) -> int:
        return sum(run.state == Run.State.FAILED for run in self.runs)

    @property
    def bars(self) -> list[tuple[int, str]]:
        """From where to draw each run, and as what; the newest stands at the end."""
        over = [run for run in self.runs if run.state not in _BUSY][:KEPT]
        return [
            ((KEPT - 1 - at) * _BAR_PIXELS, _HEIGHTS.get(Run.State(run.state), "none"))
            for at, run in enumerate(over)
        ]


def cron_rows(jobs: Jobs, now: datetime) -> list[CronRow]:
    """Those that are not switched off, in the order of the API, in one query."""
    listed = [job for job_id, _ in jobs.listed() if (job := jobs.find(job_id))]
    runs = last_runs(listed)
    return [_row(job, runs.get(job.id, []), now) for job in listed]


def _row(job: Job, runs: Sequence[Run], now: datetime) -> CronRow:
    schedule = job.schedule
    return CronRow(
        id=job.id,
        expression=schedule.expression if schedule else "",
        source=_source(job),
        next=schedule.next_after(now) if schedule else None,
        runs=runs,
    )


def _source(job: Job) -> str:
    """The module that its function is of; "" for what comes with the server."""
    module = getattr(job.run, "__module__", None) or type(job.run).__module__
    return "" if module.startswith(_OURS) else module

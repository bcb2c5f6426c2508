"""How the last runs of each job went: written where a job runs, read by whoever looks after them.

The rows are beside the queue, so all processes share them. What cannot be written down there is only logged:
a job does not fail because of that.
"""

import logging
import os
import socket
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import DatabaseError, transaction

from platform_app.database.routers import log_database
from platform_app.wire.nul_characters import NUL
from realtime_app.feeds import feeds
from system_app.crons.errors import JobFailed
from system_app.crons.jobs import Job
from system_app.crons.models import Run
from system_app.logs.attributes import storable

logger = logging.getLogger(__name__)

# Of each job.
KEPT = 20
_MOST_ERROR_CHARACTERS = 1_000
_MOST_TRACE_CHARACTERS = 8_000
# Of a run that says nothing of its end: its process was gone with its machine.
_GRACE = timedelta(seconds=30)
# One that waits for so long will not begin any more.
_WAITS = timedelta(minutes=2)


def wait_for(job: Job, moment: datetime) -> int:
    """Note that somebody has asked for a run; returns what `recording` and `miss` take."""
    with transaction.atomic(using=log_database()):
        run = Run.objects.create(job=job.id, state=Run.State.WAITING, moment=moment, is_by_hand=True)
        _trim(job.id)
    _tell(job.id, Run.State.WAITING)
    return run.pk


@contextmanager
def recording(job_id: str, run_id: int = 0, *, is_by_hand: bool = False) -> Iterator[None]:
    """A `with` block in which a job runs: note that it does, and how it ended.

    `run_id` is that of a run that waited, 0 for none. What the block raises goes on; of a JobFailed,
    its cause is kept.
    """
    began = time.monotonic()
    kept = _noting(lambda: _begin(job_id, run_id, is_by_hand=is_by_hand))
    _tell(job_id, Run.State.RUNNING)
    state, error, trace = Run.State.FAILED, "interrupted", ""
    try:
        yield
        state, error = Run.State.DONE, ""
    except JobFailed as failure:
        error, trace = failure.why, _trace_of(failure.__cause__)
        raise
    finally:
        milliseconds = round((time.monotonic() - began) * 1000)
        _noting(
            lambda: Run.objects.filter(pk=kept).update(
                state=state,
                milliseconds=milliseconds,
                error=_keepable(error[:_MOST_ERROR_CHARACTERS]),
                trace=_keepable(trace[-_MOST_TRACE_CHARACTERS:]),
            )
        )
        _tell(job_id, state)


def miss(job_id: str, moment: datetime, run_id: int = 0) -> None:
    """Note a run that never began. Raises Django's database errors."""
    if not run_id:
        Run.objects.create(job=job_id, state=Run.State.MISSED, moment=moment)
        _trim(job_id)
    else:
        Run.objects.filter(pk=run_id).update(state=Run.State.MISSED)
    _tell(job_id, Run.State.MISSED)


def cut_short(process_id: int, why: str) -> None:
    """Note that a process of this machine has ended before its job did."""
    unfinished = Run.objects.filter(process=_process(process_id), state=Run.State.RUNNING)
    for run in unfinished:
        passed = datetime.now(UTC) - run.moment
        run.state, run.error = Run.State.FAILED, f"cut short: {why}"
        run.milliseconds = round(passed.total_seconds() * 1000)
        run.save(update_fields=["state", "error", "milliseconds"])
        _tell(run.job, Run.State.FAILED)


def last_runs(jobs: Sequence[Job]) -> dict[str, list[Run]]:
    """The newest runs of these jobs, the newest first, in one query; those without any are left out.

    A run that has not said how it ended, and can be at work no more, counts as failed.
    """
    known = {job.id: job for job in jobs}
    rows = Run.objects.filter(job__in=known).order_by("-pk")
    found: dict[str, list[Run]] = defaultdict(list)
    for run in rows[: len(known) * KEPT]:
        found[run.job].append(_settled(run, known[run.job]))
    return dict(found)


def _settled(run: Run, job: Job) -> Run:
    passed = datetime.now(UTC) - run.moment
    if run.state == Run.State.WAITING and passed > _WAITS:
        run.state = Run.State.MISSED
    elif run.state == Run.State.RUNNING and passed > timedelta(seconds=job.timeout_seconds) + _GRACE:
        run.state, run.error = Run.State.FAILED, "cut short: its process is gone"
    return run


def _begin(job_id: str, run_id: int, *, is_by_hand: bool) -> int:
    now, process = datetime.now(UTC), _process(os.getpid())
    waited = Run.objects.filter(pk=run_id)
    if waited.update(state=Run.State.RUNNING, moment=now, process=process):
        return run_id
    with transaction.atomic(using=log_database()):
        run = Run.objects.create(
            job=job_id, state=Run.State.RUNNING, moment=now, process=process, is_by_hand=is_by_hand
        )
        _trim(job_id)
    return run.pk


def _keepable(text: str) -> str:
    """Without what a database cannot hold: PostgreSQL has no NUL in a text."""
    return storable(text).replace(NUL, "\N{REPLACEMENT CHARACTER}")


def _trace_of(cause: BaseException | None) -> str:
    """Where it was raised, from the job's function on: what calls that is the same for all."""
    if cause is None or cause.__traceback__ is None:
        return ""
    inside = cause.__traceback__.tb_next
    return "".join(traceback.format_exception(type(cause), cause, inside)).strip()


def _trim(job_id: str) -> None:
    """Let go of the oldest; ids come from code, so there are not many."""
    older = Run.objects.filter(job=job_id).order_by("-pk")[KEPT : KEPT + 1]
    for run in older.values_list("pk", flat=True):
        Run.objects.filter(job=job_id, pk__lte=run).delete()


def _process(process_id: int) -> str:
    return f"{socket.gethostname()} {process_id}"


def _noting(note: Callable[[], int]) -> int:
    try:
        return note()
    except DatabaseError as error:
        logger.warning("how a job went cannot be written down: %s", error)
        return 0


def _tell(job_id: str, state: str) -> None:
    feeds.send("crons", "run", {"job": job_id, "state": state})

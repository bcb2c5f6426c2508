"""One run of a job: what a worker does with an entry of the queue."""

import logging
from datetime import UTC, datetime, timedelta

from django_q.exceptions import TimeoutException

from system_app.crons.errors import JobFailed
from system_app.crons.jobs import Job
from system_app.crons.registry import crons
from system_app.crons.runs import miss, recording

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)


def run_queued(job_id: str, moment: str, run_id: int = 0) -> None:
    """Run a job that waited in the queue since `moment` (ISO 8601), unless its minute is over.

    `run_id` is that of a run that somebody has asked for, 0 for one by the clock.
    """
    if abs(datetime.now(UTC) - datetime.fromisoformat(moment)) >= MINUTE:
        drop(job_id, moment, run_id)
        return
    job = crons.find(job_id)
    if job is None:
        logger.error(
            "cron %r is not known to the worker: add it in an app's crons.py", job_id, extra={"cron": job_id}
        )
        return
    try:
        run_job(job, run_id=run_id)
    except JobFailed as failure:
        logger.error("%s", failure, exc_info=failure.__cause__, extra={"cron": job_id})


def run_job(job: Job, *, run_id: int = 0, is_by_hand: bool = False) -> None:
    """Run a job, here and now. Raises JobFailed for whatever goes wrong in it."""
    with recording(job.id, run_id, is_by_hand=is_by_hand):
        _run(job)


def _run(job: Job) -> None:
    try:
        job.run()
    except TimeoutException as error:
        why = f"it took more than {job.timeout_seconds} seconds"
        raise JobFailed(job.id, "was ended", why) from error
    except (Exception, SystemExit) as error:
        raise JobFailed(job.id, "failed", str(error) or type(error).__name__) from error


def drop(job_id: str, moment: str, run_id: int = 0) -> None:
    """Note that nobody was free in a run's minute. Raises Django's database errors."""
    logger.warning(
        "cron %r of %s was not run: no worker was free in its minute", job_id, moment, extra={"cron": job_id}
    )
    miss(job_id, datetime.fromisoformat(moment), run_id)

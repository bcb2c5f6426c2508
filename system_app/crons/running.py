"""One run of a job: what a worker does with an entry of the queue."""

import logging
from datetime import UTC, datetime, timedelta

from django_q.exceptions import TimeoutException

from system_app.crons.jobs import Job
from system_app.crons.registry import crons

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)


def run_queued(job_id: str, moment: str) -> None:
    """Run a job that waited in the queue since `moment` (ISO 8601), unless its minute is over."""
    if abs(datetime.now(UTC) - datetime.fromisoformat(moment)) >= MINUTE:
        log_dropped(job_id, moment)
        return
    job = crons.find(job_id)
    if job is None:
        logger.error(
            "cron %r is not known to the worker: add it in an app's crons.py", job_id, extra={"cron": job_id}
        )
        return
    try:
        run_job(job)
    except JobFailed as failure:
        logger.error("%s", failure, exc_info=failure.__cause__, extra={"cron": job_id})


class JobFailed(Exception):
    """A job ended before it was done; the message names it."""


def run_job(job: Job) -> None:
    """Run a job, here and now. Raises JobFailed for whatever goes wrong in it."""
    try:
        job.run()
    except TimeoutException as error:
        raise JobFailed(
            f"cron {job.id!r} was ended: it took more than {job.timeout_seconds} seconds"
        ) from error
    except (Exception, SystemExit) as error:
        raise JobFailed(f"cron {job.id!r} failed: {str(error) or type(error).__name__}") from error


def log_dropped(job_id: str, moment: str) -> None:
    logger.warning(
        "cron %r of %s was not run: no worker was free in its minute", job_id, moment, extra={"cron": job_id}
    )

"""Due jobs go into django-q2's queue, each once, whichever process of the installation is first.

Every server process has a ticker. In one transaction each minute it claims the runs that are due, and queues
those that nobody else had claimed. The queue is in the same database, so both happen or neither.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from django.db import transaction
from django_q.models import OrmQ
from django_q.signing import BadSignature, SignedPackage
from django_q.tasks import async_task

from platform_app.database.routers import log_database
from system_app.crons.jobs import Job
from system_app.crons.models import Claim
from system_app.crons.registry import crons
from system_app.crons.running import MINUTE, drop
from system_app.crons.runs import wait_for
from system_app.crons.ticker import Ticker
from system_app.jobs.broker import BY_THE_CLOCK

_RUN_QUEUED = "system_app.crons.running.run_queued"
# Claims are kept for as long as a clock may be wrong without a run happening twice.
_CLAIMS_KEPT = timedelta(days=1)


def queue_due(moment: datetime) -> None:
    """Queue the jobs of the minute that begins with `moment`. Raises Django's database errors."""
    # In the same order everywhere: of two processes that claim in turns, neither waits for the other.
    due = sorted(crons.due(moment), key=attrgetter("id"))
    if not due:
        return
    with transaction.atomic(using=log_database()):
        _drop_stale(moment)
        Claim.objects.filter(run__lt=_name_of_run("", moment - _CLAIMS_KEPT)).delete()
        for job in _claimed(due, moment):
            _put(job, moment)


def queue_now(job: Job) -> None:
    """Queue one run of a job, to begin within a minute. Raises Django's database errors."""
    now = datetime.now(UTC)
    with transaction.atomic(using=log_database()):
        _put(job, now, wait_for(job, now))


def _claimed(jobs: Sequence[Job], moment: datetime) -> list[Job]:
    """Those whose run of this minute is ours."""
    return [job for job in jobs if Claim.objects.get_or_create(run=_name_of_run(job.id, moment))[1]]


def _name_of_run(job_id: str, moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ} {job_id}"


def _put(job: Job, moment: datetime, *run_id: int) -> None:
    async_task(
        _RUN_QUEUED,
        job.id,
        moment.isoformat(),
        *run_id,
        # How it went is in `Run`; nothing of it is kept with django-q2.
        q_options={
            "task_name": job.id[:100],
            "timeout": job.timeout_seconds,
            "save": False,
            "cluster": BY_THE_CLOCK,
        },
    )


def _drop_stale(moment: datetime) -> None:
    """Take entries away that nobody took in their minute: where no worker runs, the queue must not grow."""
    queue = OrmQ.objects.using(log_database())
    for entry in queue.filter(key=BY_THE_CLOCK, lock__lt=moment - MINUTE):
        if not queue.filter(pk=entry.pk, lock=entry.lock).delete()[0]:
            continue  # a worker, or another process, was a moment quicker
        with suppress(BadSignature):  # of a secret key that has changed since
            drop(*SignedPackage.loads(entry.payload)["args"])


ticker = Ticker(queue_due)

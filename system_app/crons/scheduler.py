"""A scheduler of your own, beside the server's: its jobs run in this process, on threads.

Reference: tools/cron/cron.go (`cron.New()`), PocketBase v0.39.11.
"""

import logging
import threading
from datetime import UTC, datetime, tzinfo

from django.db import connections

from system_app.crons.jobs import Job, Jobs
from system_app.crons.ticker import Ticker

logger = logging.getLogger(__name__)


class Scheduler(Jobs):
    """Jobs that run in every process that starts it: no other process knows of them.

    Each runs on a thread of its own, also while it still runs from the minute before. Their time is not
    bounded, since nobody can end a thread.
    """

    def __init__(self, *, timezone: tzinfo = UTC, interval_seconds: int = 60) -> None:
        """`timezone` is the one that expressions speak of; `interval_seconds` is how often it looks."""
        super().__init__()
        self.timezone = timezone
        self._ticker = Ticker(self.run_due, interval_seconds=interval_seconds)

    def start(self) -> None:
        """Nothing happens when it runs already."""
        self._ticker.start()

    def stop(self) -> None:
        """Jobs that run already go on to their end."""
        self._ticker.stop()

    @property
    def has_started(self) -> bool:
        return self._ticker.is_running

    def run_due(self, moment: datetime) -> None:
        """Run the jobs of a minute."""
        for job in self.due(moment.astimezone(self.timezone)):
            threading.Thread(target=_run, args=(job,), name=f"joey-cron-{job.id}", daemon=True).start()


def _run(job: Job) -> None:
    try:
        job.run()
    except Exception:
        logger.exception("cron %r failed", job.id, extra={"cron": job.id})
    finally:
        connections.close_all()

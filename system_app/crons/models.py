"""Which runs of jobs are taken, and how the last ones went, in the database that has the queue."""

from typing import ClassVar

from django.db import models


class Claim(models.Model):
    """One run of a job: whoever writes its row may start it, and nobody else.

    `run` is the minute and the job's id, such as `2026-03-01T04:30Z nightly`.
    """

    run = models.TextField(primary_key=True)

    objects: ClassVar[models.Manager["Claim"]] = models.Manager()

    def __str__(self) -> str:
        return self.run


class Run(models.Model):
    """One run of a job, of which the newest are kept (`system_app.crons.runs`)."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        MISSED = "missed"  # nobody was free in its minute

    job = models.TextField()
    state = models.TextField(choices=State.choices)
    # When it began; before that, and for one that never did, when it was to begin.
    moment = models.DateTimeField()
    milliseconds = models.BigIntegerField(default=0)
    # What went wrong, in a sentence, and where.
    error = models.TextField(default="")
    trace = models.TextField(default="")
    is_by_hand = models.BooleanField(default=False)
    # Where it runs: the machine and the process on it.
    process = models.TextField(default="")

    objects: ClassVar[models.Manager["Run"]] = models.Manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["job", "id"], name="crons_run_of_job")]

    def __str__(self) -> str:
        return f"{self.job} {self.moment:%Y-%m-%dT%H:%MZ}"

"""Which runs of jobs are taken, in the database that has the queue."""

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

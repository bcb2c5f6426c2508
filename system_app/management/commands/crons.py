"""`manage.py crons`: which jobs there are, and one of them here and now."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from platform_app.commands import DataCommand
from system_app.crons.errors import JobFailed
from system_app.crons.registry import crons
from system_app.crons.running import run_job
from system_app.process_hooks import begin_command


class Command(DataCommand):
    help = "Lists the jobs by the clock, and runs one now, in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        # Without a title, argparse would list the sub-commands as `{list,...}` only.
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        actions.add_parser("list", help="id and expression of every job; times are UTC")
        run = actions.add_parser(
            "run", help="run a job and wait for its end; a server may be running meanwhile"
        )
        run.add_argument("id")

    def handle(self, *args: Any, **options: Any) -> None:
        begin_command()
        if options["action"] == "list":
            self._list()
        else:
            self._run(options["id"])

    def _list(self) -> None:
        listed = crons.listed()
        width = max((len(job_id) for job_id, _ in listed), default=0)
        for job_id, expression in listed:
            self.stdout.write(f"{job_id:{width}}  {expression}")

    def _run(self, job_id: str) -> None:
        job = crons.find(job_id)
        if job is None:
            raise CommandError(f"There is no job {job_id!r}; `crons list` shows those that there are.")
        began = time.monotonic()
        try:
            run_job(job, is_by_hand=True)
        except JobFailed as failure:
            raise CommandError(f"{failure}. --traceback shows where.") from failure
        self.stdout.write(self.style.SUCCESS(f"Ran {job_id} in {time.monotonic() - began:.1f} s."))

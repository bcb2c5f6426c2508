"""`manage.py qcluster`: runs what waits in the queue of jobs; stands in for django-q2's command."""

from argparse import ArgumentParser
from typing import Any

from platform_app.commands import DataCommand
from system_app.crons.runs import cut_short
from system_app.jobs.runner import Runner
from system_app.process_hooks import begin_command


class Command(DataCommand):
    help = "Run queued jobs until SIGTERM. `serve` and `runserver` do it by themselves (see --no-workers)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="end when this process is not the parent any more")

    def handle(self, *args: Any, **options: Any) -> None:
        runner = Runner(parent=options["parent"], cut_short=cut_short)
        runner.heed_signals()
        if options["parent"] is None:
            begin_command()
        else:
            begin_command(lambda: None)  # the server has just prepared it
        runner.run()

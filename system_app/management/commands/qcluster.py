"""`manage.py qcluster`: runs what waits in the queue of jobs; stands in for django-q2's command."""

from argparse import ArgumentParser
from typing import Any

from platform_app.commands import DataCommand
from platform_app.database.data_directory import prepare
from system_app.jobs.runner import Runner


class Command(DataCommand):
    help = "Run queued jobs until SIGTERM. `serve` and `runserver` do it by themselves (see --no-workers)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parent", type=int, help="end when this process is not the parent any more")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parent"] is None:  # otherwise the server has just prepared it
            prepare()
        Runner(parent=options["parent"]).run()

"""`manage.py runserver`: daphne's development server, on a prepared data directory.

This command stands before Django's own because `system_app` comes before `staticfiles`; daphne itself is
not an installed app, so that no other command pays for importing Twisted.
"""

import asyncio
import atexit
import os
import subprocess
import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand
from daphne.server import Server as DaphneServer
from daphne.server import twisted_loop
from django.utils import autoreload

from platform_app.database.data_directory import DataDirectoryUnusable, prepare
from platform_app.requests.lifetime import Companion, StartFailed, lifetime
from system_app.backups.following import follower, start_anew
from system_app.jobs.supervising import END_SECONDS, Guard, JobProcess
from system_app.process_hooks import address
from system_app.routing.table import RoutesUnusable, own_lane_finder


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne's, with what it lacks: the start and stop of what runs beside requests."""

    def run(self) -> None:
        asyncio.set_event_loop(twisted_loop)
        follower.restarts = partial(_start_anew, twisted_loop)
        twisted_loop.run_until_complete(lifetime.start())
        # The reloader ends this thread together with the process, and the loop with it still running.
        atexit.register(lifetime.stop_at_exit, twisted_loop)
        try:
            super().run()
        finally:
            lifetime.stop_at_exit(twisted_loop)


def _start_anew(loop: asyncio.AbstractEventLoop) -> None:
    lifetime.stop_at_exit(loop)
    start_anew()


class Command(DaphneCommand):  # type: ignore[misc]
    default_port = "8090"
    server_cls = Server

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--no-workers", action="store_true", help="leave queued jobs to `manage.py qcluster`"
        )

    def inner_run(self, *args: Any, **options: Any) -> None:
        autoreload.raise_last_exception()  # daphne's forgets what kept Django from being set up
        try:
            prepare()
            address.url = (
                f"http://[{self.addr}]:{self.port}" if self.use_ipv6 else f"http://{self.addr}:{self.port}"
            )
            own_lane_finder()
            if not options["no_workers"]:
                guard = Guard(JobProcess(_spawn_jobs))
                lifetime.register(
                    Companion("jobs", start=guard.start, stop=guard.stop, stop_seconds=END_SECONDS + 1)
                )
            super().inner_run(*args, **options)
        except (DataDirectoryUnusable, RoutesUnusable, StartFailed) as error:
            self.stderr.write(f"Error: {error}")
            os._exit(1)  # this may be a thread of the reloader, and an exception would end only that


def _spawn_jobs() -> int:
    """By a command: this process has threads, and must not be forked."""
    command = [sys.executable, sys.argv[0], "qcluster", f"--parent={os.getpid()}"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0).pid  # noqa: S603 - ours

"""`manage.py runserver`: daphne's development server, on a prepared data directory.

This command stands before Django's own because `system_app` comes before `staticfiles`; daphne itself is
not an installed app, so that no other command pays for importing Twisted.
"""

import asyncio
import atexit
import os
from functools import partial
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand
from daphne.server import Server as DaphneServer
from daphne.server import twisted_loop

from platform_app.database.data_directory import DataDirectoryUnusable, prepare
from platform_app.requests.lifetime import StartFailed, lifetime
from system_app.backups.following import follower, start_anew


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

    def inner_run(self, *args: Any, **options: Any) -> None:
        try:
            prepare()
            super().inner_run(*args, **options)
        except (DataDirectoryUnusable, StartFailed) as error:
            self.stderr.write(f"Error: {error}")
            os._exit(1)  # this may be a thread of the reloader, and an exception would end only that

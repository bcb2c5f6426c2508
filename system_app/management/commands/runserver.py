"""`manage.py runserver`: daphne's development server, on a prepared data directory.

This command stands before Django's own because `system_app` comes before `staticfiles`; daphne itself is
not an installed app, so that no other command pays for importing Twisted.
"""

import os
from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

from platform_app.database.data_directory import DataDirectoryUnusable, prepare


class Command(DaphneCommand):  # type: ignore[misc]
    default_port = "8090"

    def inner_run(self, *args: Any, **options: Any) -> None:
        try:
            prepare()
        except DataDirectoryUnusable as error:
            self.stderr.write(f"Error: {error}")
            os._exit(1)  # this is not the main thread, so an exception would only end the thread
        super().inner_run(*args, **options)

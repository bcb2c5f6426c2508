"""`manage.py runserver`: daphne's development server, on a prepared data directory.

This command stands before Django's own because `system_app` comes before `staticfiles`; daphne itself is
not an installed app, so that no other command pays for importing Twisted.
"""

from typing import Any

from daphne.management.commands.runserver import Command as DaphneCommand

from platform_app.database.data_directory import prepare


class Command(DaphneCommand):  # type: ignore[misc]
    default_port = "8090"

    def inner_run(self, *args: Any, **options: Any) -> None:
        prepare()
        super().inner_run(*args, **options)

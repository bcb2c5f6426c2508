"""`manage.py serve`: the production server (gunicorn with uvicorn workers) on the data directory."""

import os
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from platform_app.database.data_directory import (
    OWNER_ONLY,
    DataDirectoryUnusable,
    engine_description,
    prepare,
)
from platform_app.database.replacing import is_ordered
from system_app.backups.following import start_anew
from system_app.limits.counting import begin_anew
from system_app.serving import CannotListen, Listener, serve

_LAST_PORT = 65535


class Command(BaseCommand):
    help = "Serve the REST API and the dashboard (the environment gives HOST, PORT, DATA_DIR and WORKERS)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workers", type=int, help="how many processes serve (default: WORKERS)")
        parser.add_argument(
            "--no-workers", action="store_true", help="leave queued jobs to `manage.py qcluster`"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.JOEY_HOST, settings.JOEY_PORT
        workers = settings.JOEY_WORKERS if options["workers"] is None else options["workers"]
        if not 0 <= port <= _LAST_PORT:
            raise CommandError(f"PORT: expected a number from 0 to {_LAST_PORT}, got {port}")
        for name, value in (
            ("WORKERS", workers),
            ("HEAD_TIMEOUT", settings.JOEY_HEAD_TIMEOUT),
            ("READ_TIMEOUT", settings.JOEY_READ_TIMEOUT),
            ("WRITE_TIMEOUT", settings.JOEY_WRITE_TIMEOUT),
            ("MOST_CONNECTIONS", settings.JOEY_MOST_CONNECTIONS),
            ("JOB_WORKERS", settings.JOEY_JOB_WORKERS),
        ):
            if value < 1:
                raise CommandError(f"{name}: expected 1 or more, got {value}")
        os.umask(OWNER_ONLY)  # uploads, backups and logs hold secrets, too
        try:
            with closing(Listener(host, port)) as listener:
                prepare()
                begin_anew()
                listener.listen()
                self._greet(listener.url)
                connections.close_all()  # a connection must not cross the fork
                try:
                    serve(listener, workers=workers, runs_jobs=not options["no_workers"])
                finally:
                    if is_ordered():
                        self.stdout.write("Starting anew, to restore a backup.")
                        self.stdout.flush()
                        start_anew()
        except (CannotListen, DataDirectoryUnusable) as error:
            raise CommandError(str(error)) from error

    def _greet(self, url: str) -> None:
        write = self.stdout.write
        write(f"Joey serves {settings.JOEY_DATA_DIR}")
        write(f"  REST API   {url}/api/")
        write(f"  Dashboard  {url}/_/")
        write(f"  Database   {engine_description()}")
        if not _has_superuser():
            write("No superuser yet. Create the first one with")
            write("  .venv/bin/python manage.py superuser upsert EMAIL PASSWORD")


def _has_superuser() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute('SELECT 1 FROM "_superusers" LIMIT 1')
        return cursor.fetchone() is not None

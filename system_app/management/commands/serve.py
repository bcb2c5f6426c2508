"""`manage.py serve`: the production server (gunicorn with uvicorn workers) on the data directory."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from config import env
from platform_app.database.data_directory import prepare
from system_app.serving import serve


class Command(BaseCommand):
    help = "Serve the REST API and the dashboard (the environment gives HOST, PORT, DATA_DIR and WORKERS)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8090)
        prepare()
        self._greet(host, port)
        connections.close_all()  # a connection must not cross the fork
        serve(host, port, workers=env.integer("WORKERS", 1))

    def _greet(self, host: str, port: int) -> None:
        base = f"http://{host}:{port}"
        write = self.stdout.write
        write(f"Joey serves {settings.JOEY_DATA_DIR}")
        write(f"  REST API   {base}/api/")
        write(f"  Dashboard  {base}/_/")
        if not _has_superuser():
            write("No superuser yet. Create the first one with")
            write("  .venv/bin/python manage.py superuser upsert EMAIL PASSWORD")


def _has_superuser() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute('SELECT 1 FROM "_superusers" LIMIT 1')
        return cursor.fetchone() is not None

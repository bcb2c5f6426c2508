"""`manage.py serve`: the production server (gunicorn with uvicorn workers) on the data directory."""

import logging
import os
import sys
import webbrowser
from argparse import RawDescriptionHelpFormatter
from contextlib import ExitStack, closing
from pathlib import Path
from shlex import quote
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.db import DatabaseError, connections

from auth_app.installer import installer_token
from auth_app.superusers import SuperuserError
from platform_app.database.data_directory import (
    OWNER_ONLY,
    DataDirectoryUnusable,
    engine_description,
    prepare,
)
from platform_app.database.replacing import is_ordered
from platform_app.runtime_settings.current import current
from system_app.backups.following import start_anew
from system_app.limits.counting import begin_anew
from system_app.logs.retention import follow_settings
from system_app.routing.table import RoutesUnusable, own_lane_finder
from system_app.serving import HTTPS_VARIABLES, CannotListen, Listener, serve
from system_app.tls.certificates import Certificates
from system_app.tls.names import NoDomain, ServedNames, served_names

logger = logging.getLogger(__name__)

_LAST_PORT = 65535
_HTTPS_PORT = 443
_FLAGS = """\
manage.py serve [DOMAIN ...] serves these names by HTTPS, with certificates that are got and renewed.

PocketBase's flags work, too: --http, --https, --dir, --publicDir, --hooksDir, --migrationsDir, --origins,
--automigrate, --encryptionEnv, --queryTimeout, --dev, --indexFallback (docs/reference/commands.md).
"""


class _HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's, which leaves the lines below the options as they are."""


class Command(BaseCommand):
    help = "Serve the REST API and the dashboard (the environment gives HOST, PORT, DATA_DIR and WORKERS)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = _FLAGS
        parser.formatter_class = _HelpFormatter
        parser.add_argument("--workers", type=int, help="how many processes serve (default: WORKERS)")
        parser.add_argument(
            "--no-workers", action="store_true", help="leave queued jobs to `manage.py qcluster`"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        workers = settings.JOEY_WORKERS if options["workers"] is None else options["workers"]
        _check_numbers(workers)
        os.umask(OWNER_ONLY)  # uploads, backups and logs hold secrets, too
        try:
            with ExitStack() as listeners:
                names = _names()
                https = listeners.enter_context(closing(_https_listener())) if names else None
                http = listeners.enter_context(closing(Listener(settings.JOEY_HOST, settings.JOEY_PORT)))
                prepare()
                begin_anew()
                follow_settings(current().logs)  # what expired while nothing ran
                own_lane_finder()
                token = _installer_token()
                for listener in (https, http):
                    if listener is not None:
                        listener.listen()
                url = http.url if https is None or names is None else _https_url(names, https)
                self._greet(url, token)
                for name in names.asked if names else ():
                    self._tell_uncertified(name)
                connections.close_all()  # a connection must not cross the fork
                try:
                    serve(
                        http,
                        workers=workers,
                        runs_jobs=not options["no_workers"],
                        https_listener=https,
                        url=url,
                    )
                finally:
                    if is_ordered():
                        self.stdout.write("Starting anew, to restore a backup.")
                        self.stdout.flush()
                        start_anew()
        except (CannotListen, DataDirectoryUnusable, NoDomain, RoutesUnusable) as error:
            raise CommandError(str(error)) from error

    def _tell_uncertified(self, name: str) -> None:
        if Certificates(settings.JOEY_CERTIFICATES_DIR, [name]).validity(name) is None:
            self.stdout.write(
                f"{name} is not served by HTTPS until there is a certificate for it: "
                f"{settings.JOEY_ACME_DIRECTORY} is asked for one."
            )

    def _greet(self, url: str, token: str | None) -> None:
        write = self.stdout.write
        write(f"Joey serves {settings.JOEY_DATA_DIR}")
        write(f"  REST API   {url}/api/")
        if apps.is_installed("admin_ui"):
            write(f"  Dashboard  {url}/_/")
        write(f"  Database   {engine_description()}")
        if token is None:
            return
        command = f"  {_program()} superuser upsert EMAIL PASSWORD"
        if not apps.is_installed("admin_ui"):
            write("No superuser yet. Create the first one with")
            write(command)
            return
        link = f"{url}/_/#/pbinstall/{token}"
        write("No superuser yet. Open this link within half an hour to create the first one,")
        write(f"  {link}")
        write("or call")
        write(command)
        if self.stdout.isatty():
            _open_browser(link)


def _program() -> str:
    """How another command is called for the same data directory."""
    name = Path(sys.argv[0]).name
    program = f".venv/bin/python {name}" if name.endswith(".py") else name
    folder = settings.JOEY_DATA_DIR
    return program if folder == Path("pb_data").resolve() else f"DATA_DIR={quote(str(folder))} {program}"


def _check_numbers(workers: int) -> None:
    """Raises CommandError."""
    if not 0 <= settings.JOEY_PORT <= _LAST_PORT:
        raise CommandError(f"PORT: expected a number from 0 to {_LAST_PORT}, got {settings.JOEY_PORT}")
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


def _installer_token() -> str | None:
    """Of the link for the first superuser; None when there is one, or none. Raises DataDirectoryUnusable."""
    try:
        return installer_token()
    except SuperuserError as error:
        logger.warning("the link for the first superuser cannot be made: %s", error)
        return None
    except DatabaseError as error:
        text = " ".join(str(error).split())
        raise DataDirectoryUnusable(f"The first superuser cannot be prepared: {text}") from error


def _names() -> ServedNames | None:
    """What there are certificates for; None for HTTP alone. Raises NoDomain."""
    if not settings.JOEY_HTTPS_ADDRESS:
        return None
    return served_names(settings.JOEY_DOMAINS, settings.JOEY_HTTPS_ADDRESS)


def _https_listener() -> Listener:
    """Raises CannotListen, and CommandError when the variable holds no address."""
    host, _, port = settings.JOEY_HTTPS_ADDRESS.rpartition(":")
    if not (port.isascii() and port.isdecimal()) or int(port) > _LAST_PORT:
        raise CommandError(f"HTTPS_ADDRESS: expected HOST:PORT, got {settings.JOEY_HTTPS_ADDRESS!r}")
    return Listener(host, int(port), HTTPS_VARIABLES)


def _https_url(names: ServedNames, listener: Listener) -> str:
    port = "" if listener.port == _HTTPS_PORT else f":{listener.port}"
    return f"https://{names.asked[0]}{port}"


def _open_browser(link: str) -> None:
    """Where there is one with windows; one in the terminal would take the server's place there."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    has_windows = isinstance(browser, webbrowser.BackgroundBrowser) or getattr(browser, "background", False)
    if has_windows or sys.platform == "darwin":
        browser.open(link)

"""Registers two companions that log their starts and stops."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings

from platform_app.mail import sending
from platform_app.requests.lifetime import Companion, lifetime
from tests.process.beside.hooks import connect
from tests.process.beside.log import note


class BesideConfig(AppConfig):
    name = "tests.process.beside"

    def ready(self) -> None:
        # Nothing but the test ends the wait for its mail server.
        sending.WAIT_SECONDS = 3600.0
        connect()
        lifetime.register(Companion("feed", start=_start_feed, stop=_stop_feed))
        lifetime.register(Companion("ticker", start=_start_ticker, stop=lambda: note("ticker stopped")))


async def _start_feed() -> None:
    note("feed started")


async def _stop_feed() -> None:
    note("feed stopped")


def _start_ticker() -> None:
    if Path(settings.JOEY_DATA_DIR, "beside.refuses").exists():
        raise OSError("no clock here")
    note("ticker started")

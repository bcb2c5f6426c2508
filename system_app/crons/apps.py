"""Django's description of the app of jobs by the clock: it keeps its table where the queue is."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from platform_app.requests.lifetime import Companion, lifetime


class CronsConfig(AppConfig):
    name = "system_app.crons"
    label = "crons"

    def ready(self) -> None:
        """Import every app's `crons.py`; one that is malformed stops the start."""
        autodiscover_modules("crons")
        lifetime.register(Companion("crons", start=_start, stop=_stop))


def _start() -> None:
    # Imported late: commands, which start no companions, do without django-q2's tasks.
    from system_app.crons.queueing import ticker

    ticker.start()


def _stop() -> None:
    from system_app.crons.queueing import ticker

    ticker.stop()

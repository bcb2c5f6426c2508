"""Joey's settings, with receivers: those of `Elsewhere`."""

from config import settings
from config.settings import *  # noqa: F403 - Django reads the names from here

INSTALLED_APPS = [*settings.INSTALLED_APPS, "benchmarks.listening.apps.Elsewhere"]

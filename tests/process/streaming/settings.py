"""Joey's settings with this app added, and its routes."""

from config import settings
from config.settings import *  # noqa: F403 - Django reads the names from here

INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.process.streaming"]
ROOT_URLCONF = "tests.process.streaming.urls"

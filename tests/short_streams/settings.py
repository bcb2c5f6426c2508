"""Joey's settings with this app added."""

from config import settings
from config.settings import *  # noqa: F403 - Django reads the names from here

INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.short_streams"]

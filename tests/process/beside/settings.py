"""Joey's settings with this app added, and its routes."""

from config import settings
from config.settings import *  # noqa: F403 - Django reads the names from here

INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.process.beside"]
ROOT_URLCONF = "tests.process.beside.urls"
EMAIL_BACKEND = "tests.process.beside.mail.SilentServer"

"""The addresses of the settings' screens, below `/_/settings/`."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from admin_ui.pages.settings.overview import settings_overview


def settings_urls(view: Callable[..., Any]) -> list[URLPattern]:
    """`view` lets in who has signed in."""
    return [path("settings/", view(settings_overview), name="settings")]

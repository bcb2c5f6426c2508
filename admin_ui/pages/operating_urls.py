"""The addresses of the screens that operate the server, below `/_/settings/`."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from admin_ui.pages.crons import crons_page, run_cron


def operating_urls(view: Callable[..., Any]) -> list[URLPattern]:
    """`view` lets in who has signed in."""
    return [
        path("settings/crons/", view(crons_page), name="crons"),
        path("settings/crons/run/", view(run_cron), name="run_cron"),
    ]

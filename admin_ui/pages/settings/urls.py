"""The addresses of the settings' screens, below `/_/settings/`."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from admin_ui.pages.settings.addresses import SuperuserIPsPage, TrustedProxyPage
from admin_ui.pages.settings.limits import RateLimitsPage
from admin_ui.pages.settings.overview import settings_overview
from admin_ui.pages.settings.sections import ApplicationPage, BatchPage, LogsPage, SectionPage
from admin_ui.pages.settings.sessions import sessions_page
from admin_ui.pages.settings.trials import BackupSchedulePage, MailPage, StoragePage
from admin_ui.settings.sections import SECTIONS

_PAGES: tuple[type[SectionPage], ...] = (
    ApplicationPage,
    MailPage,
    StoragePage,
    BackupSchedulePage,
    RateLimitsPage,
    BatchPage,
    TrustedProxyPage,
    SuperuserIPsPage,
    LogsPage,
)


def settings_urls(view: Callable[..., Any]) -> list[URLPattern]:
    """`view` lets in who has signed in."""
    return [
        path("settings/", view(settings_overview), name="settings"),
        path("settings/sessions/", view(sessions_page), name="settings_sessions"),
        *(
            path(f"settings/{page.name}/", view(page.as_view()), name=SECTIONS[page.name].entry)
            for page in _PAGES
        ),
    ]

"""The screens of the settings: what the sidebar lists there, and what stands around each of them.

A new screen is one more `Entry` here; its template extends `admin_ui/settings/frame.html`, and its view gives
that `settings_context(request, NAME)`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from admin_ui.shell import Group, Place
from platform_app.runtime_settings.current import current


@dataclass(frozen=True)
class Entry:
    """A screen; `name` is that of its URL pattern in `admin:`, with its arguments.

    One that is a control is not offered while the settings hide controls.
    """

    name: str
    label: Promise
    icon: str
    arguments: tuple[str, ...] = ()
    is_control: bool = False


ENTRIES: tuple[tuple[Promise, tuple[Entry, ...]], ...] = (
    (
        _("Settings"),
        (
            Entry("settings_application", _("Application"), "sliders-horizontal"),
            Entry("settings_mail", _("Mail"), "mail"),
            Entry("settings_storage", _("File storage"), "hard-drive"),
            Entry("settings_backup_schedule", _("Backup schedule"), "calendar-clock"),
            Entry("settings_rate_limits", _("Rate limits"), "gauge"),
            Entry("settings_batch", _("Batch requests"), "list-ordered"),
            Entry("settings_trusted_proxy", _("Trusted proxy"), "network"),
            Entry("settings_superuser_ips", _("Superuser addresses"), "lock"),
            Entry("settings_logs", _("Logs"), "scroll-text"),
        ),
    ),
    (
        _("Operations"),
        (
            Entry("backups", _("Backups"), "archive"),
            Entry("crons", _("Cron jobs"), "clock"),
            Entry("export", _("Export collections"), "folder-output", is_control=True),
            Entry("import", _("Import collections"), "folder-input", is_control=True),
        ),
    ),
    (
        _("People"),
        (
            Entry("records", _("Superusers"), "user-round-cog", ("_superusers",)),
            Entry("settings_sessions", _("Sessions"), "monitor"),
        ),
    ),
)


def sections_of(request: HttpRequest, *, marked: Collection[str] = ()) -> list[Group]:
    """What the sidebar lists; `marked` are the names of entries with something wrong in them."""
    hides_controls = current().meta.hides_controls
    groups = [
        Group(
            str(title),
            tuple(
                _place(entry, request, marked)
                for entry in entries
                if not (entry.is_control and hides_controls)
            ),
        )
        for title, entries in ENTRIES
    ]
    return [group for group in groups if group.places]


def settings_context(request: HttpRequest, name: str, *, marked: Collection[str] = ()) -> dict[str, Any]:
    """What `settings/frame.html` shows around the screen of the entry with this name."""
    entry = next(entry for _title, entries in ENTRIES for entry in entries if entry.name == name)
    return {
        **admin.site.each_context(request),
        "title": str(entry.label),
        "section_icon": entry.icon,
        "settings_sections": sections_of(request, marked=marked),
    }


def _place(entry: Entry, request: HttpRequest, marked: Collection[str]) -> Place:
    address = reverse(f"admin:{entry.name}", args=entry.arguments)
    return Place(
        str(entry.label),
        entry.icon,
        address,
        request.path.startswith(address),
        is_marked=entry.name in marked,
    )

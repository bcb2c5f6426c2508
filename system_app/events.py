"""The hooks around the settings, backups and restores (contract/hooks.md 3)."""

from dataclasses import dataclass
from typing import Any

from collections_app.request_info import RequestInfo
from platform_app.hooks.event import Event
from platform_app.hooks.hook import Hook
from platform_app.runtime_settings.shape import RuntimeSettings


@dataclass
class SettingsListEvent(Event):
    """The settings about to be answered: a copy, from which secrets are removed only afterwards."""

    info: RequestInfo
    settings: dict[str, Any]


@dataclass
class SettingsUpdateEvent(Event):
    """Settings about to be validated and saved; receivers may change the new ones."""

    info: RequestInfo
    old_settings: dict[str, Any]
    new_settings: dict[str, Any]


@dataclass
class SettingsReloadEvent(Event):
    """The settings that this process uses from now on, after it saved them.

    Other processes notice within half a second that the row changed, and announce nothing.
    """

    settings: RuntimeSettings


@dataclass
class BackupEvent(Event):
    """A backup about to be made or restored.

    `name` is its file, "" where one is to be chosen. Files and folders of the data directory whose paths are
    in `exclude` are not saved, or stay as they are. Receivers may change both.
    """

    name: str
    exclude: list[str]


settings_list_request = Hook()
settings_update_request = Hook()
settings_reload = Hook()
backup_create = Hook()
backup_restore = Hook()

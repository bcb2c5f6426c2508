"""The hooks around processes, settings and backups, and what the model hooks get for the log.

Reference: contract/hooks.md 3.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from collections_app.events import HttpEvent
from platform_app.hooks.event import Event, Tags
from platform_app.hooks.hook import Hook
from platform_app.hooks.operation_hooks import OperationType
from platform_app.runtime_settings.shape import RuntimeSettings


@dataclass
class BootstrapEvent(Event):
    """A process begins to use the data: a server process, that of the jobs, or a command."""


@dataclass
class ServeEvent(Event):
    """A server process about to take requests; all that runs beside them has started.

    `url` is where clients of this machine reach it, "" under servers that keep that to themselves.
    """

    url: str


@dataclass
class TerminateEvent(Event):
    """A process that has begun ends, a server process after its last request.

    `is_restart` tells whether it starts anew, as for a restore.
    """

    is_restart: bool


@dataclass
class SettingsListEvent(HttpEvent):
    """The settings about to be answered: a copy, from which secrets are removed only afterwards."""

    settings: dict[str, Any]


@dataclass
class SettingsUpdateEvent(HttpEvent):
    """Settings about to be validated and saved; receivers may change the new ones."""

    old_settings: dict[str, Any]
    new_settings: dict[str, Any]


@dataclass
class SettingsModelEvent(Event):
    """What the model hooks get for the settings, a row of `_params`; receivers may change them before it is
    written. `error` is set for the error hook."""

    TAGS: ClassVar[Tags] = frozenset(("_params",))

    settings: dict[str, Any]
    error: Exception | None = None
    type: OperationType = "update"

    @property
    def tags(self) -> Tags:
        return self.TAGS


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


bootstrap = Hook()
serve = Hook()
terminate = Hook()
settings_list_request = Hook()
settings_update_request = Hook()
settings_reload = Hook()
backup_create = Hook()
backup_restore = Hook()


@dataclass
class LogEntry:
    """A row of `_logs`; receivers may change it before it is written. Levels: -4 debug, 0, 4, 8 error."""

    id: str
    level: int
    message: str
    data: dict[str, Any]
    created: str


@dataclass
class LogEvent(Event):
    """What the model hooks get for an entry of the log; `error` is set for the error hook."""

    TAGS: ClassVar[Tags] = frozenset(("_logs",))

    log: LogEntry
    error: Exception | None = None
    type: OperationType = "create"

    @property
    def tags(self) -> Tags:
        return self.TAGS

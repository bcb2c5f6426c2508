"""Restoring a backup: checked here while the server serves, and put in its place by the start that follows.

Reference: core/base_backup.go (RestoreBackup), PocketBase v0.39.11.
"""

import shutil
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from platform_app.database.replacing import NEW, Order, order_replacement
from platform_app.database.sqlite_driver import sqlite3
from system_app.adopting.errors import AdoptionRefused
from system_app.adopting.source import (
    check_database,
    check_layout,
    open_copy,
    read_definitions,
    stored_settings,
)
from system_app.backups.archives import unpack
from system_app.backups.contents import EXCLUDED
from system_app.backups.errors import BackupFailed
from system_app.backups.places import backup_place
from system_app.backups.progress import Progress, Watch, nobody
from system_app.backups.snapshots import AUXILIARY, DATA
from system_app.backups.temporary import temporary_folder
from system_app.backups.turns import taking_turns
from system_app.events import BackupEvent, backup_restore

# As the reference: unlike for a backup, what its processes tell each other goes.
_STAYING = [name for name in EXCLUDED if name != ".notify"]


def restore_backup(key: str, *, watch: Watch = nobody) -> None:
    """Check a backup and order that it takes the place of the data: when this returns, servers restart.

    It takes long, and changes nothing. Raises AnotherRuns, BackupFailed, and what receivers of
    `backup_restore` raise.
    """
    with taking_turns("restore", key):
        event = BackupEvent(key, list(_STAYING))
        backup_restore.trigger(event, lambda: _order(event, watch))


def _order(event: BackupEvent, watch: Watch) -> None:
    progress = Progress("restore", event.name, watch)
    folder = Path(mkdtemp(dir=temporary_folder(), prefix="restore_"))
    try:
        with backup_place().at_hand(event.name) as archive:
            make_ready(archive, folder / NEW, progress)
        order_replacement(
            Order(
                name=event.name,
                folder=str(folder.relative_to(settings.JOEY_DATA_DIR)),
                excluded=tuple(event.exclude),
            )
        )
    except (OSError, BackupFailed) as error:
        shutil.rmtree(folder, ignore_errors=True)
        progress.end(str(error))
        if isinstance(error, BackupFailed):
            raise
        raise BackupFailed(f"the backup {event.name} cannot be restored: {error}") from error
    progress.end("done")


def make_ready(archive: Path, folder: Path, progress: Progress) -> None:
    """Unpack a backup into the new folder, and see that its databases can be used. Raises BackupFailed."""
    folder.mkdir(mode=0o700)
    unpack(archive, folder, progress)
    if not (folder / DATA).is_file():
        raise BackupFailed(f"the archive has no {DATA}, so it is no backup of a data directory")
    try:
        with open_copy(folder / DATA) as connection:
            check_database(connection, DATA)
            check_layout(connection)
            read_definitions(connection)
            stored_settings(connection)
        if (folder / AUXILIARY).is_file():
            with open_copy(folder / AUXILIARY) as connection:
                check_database(connection, AUXILIARY)
    except (AdoptionRefused, ImproperlyConfigured, sqlite3.Error, DatabaseError) as error:
        raise BackupFailed(f"the databases of the archive cannot be used: {error}") from error

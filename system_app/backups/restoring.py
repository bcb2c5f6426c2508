"""Restoring a backup: checked here while the server serves, and put in its place by the start that follows.

Reference: core/base_backup.go (RestoreBackup), PocketBase v0.39.11.
"""

import shutil
from contextlib import nullcontext
from pathlib import Path
from tempfile import mkdtemp

from django.conf import settings
from django.db import connection

from platform_app.database.replacing import NEW, Order, order_replacement
from system_app.backups.checking import make_ready
from system_app.backups.contents import EXCLUDED, OF_DATABASES
from system_app.backups.errors import BackupFailed
from system_app.backups.places import backup_place
from system_app.backups.progress import Progress, Watch, nobody
from system_app.backups.temporary import temporary_folder
from system_app.backups.turns import taking_turns
from system_app.events import BackupEvent, backup_restore

# As the reference: unlike for a backup, what its processes tell each other goes.
_STAYING = [name for name in EXCLUDED if name != ".notify"]


def restore_backup(key: str, *, archive: Path | None = None, watch: Watch = nobody) -> None:
    """Check a backup and order that it takes the place of the data: when this returns, servers restart.

    It takes long, and changes nothing. `archive` is a file that is in no place of backups.
    Raises AnotherRuns, BackupFailed, and what receivers of `backup_restore` raise.
    """
    with taking_turns("restore", key):
        event = BackupEvent(key, list(_STAYING))
        backup_restore.trigger(event, lambda: _order(event, archive, watch))


def _order(event: BackupEvent, archive: Path | None, watch: Watch) -> None:
    progress = Progress("restore", event.name, watch)
    folder = Path(mkdtemp(dir=temporary_folder(), prefix="restore_"))
    try:
        with nullcontext(archive) if archive else backup_place().at_hand(event.name) as found:
            make_ready(found, folder / NEW, progress)
        order_replacement(
            Order(
                name=event.name,
                folder=str(folder.relative_to(settings.JOEY_DATA_DIR)),
                excluded=(*event.exclude, *(() if connection.vendor == "sqlite" else OF_DATABASES)),
            )
        )
    except (OSError, BackupFailed) as error:
        shutil.rmtree(folder, ignore_errors=True)
        progress.end(str(error))
        if isinstance(error, BackupFailed):
            raise
        raise BackupFailed(f"the backup {event.name} cannot be restored: {error}") from error
    progress.end("done")

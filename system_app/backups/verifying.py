"""Looking whether a backup could be restored, without doing so."""

from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import DatabaseError

from system_app.backups.checking import Contents, make_ready
from system_app.backups.errors import BackupFailed, Unusable
from system_app.backups.places import backup_place
from system_app.backups.progress import Progress, Watch, nobody
from system_app.backups.temporary import temporary_folder
from system_app.backups.turns import taking_turns
from system_app.backups.verdicts import Verdict, keep_verdict


def verify_backup(key: str, *, archive: Path | None = None, watch: Watch = nobody) -> Contents:
    """Unpack a backup, and look into its databases; what came of it is kept (`verdicts`). It takes long.

    `archive` is a file that is in no place of backups, of which nothing is kept.
    Raises AnotherRuns, BackupFailed, Unusable.
    """
    with taking_turns("verify", key):
        progress = Progress("verify", key, watch)
        try:
            contents = _verified(key, archive, progress)
        except BackupFailed as error:
            # What else keeps it from being looked at, such as a full disk, says nothing about the backup.
            if archive is None and isinstance(error, Unusable):
                keep_verdict(key, Verdict(problem=str(error)))
            progress.end(str(error))
            raise
        if archive is None:
            keep_verdict(key, Verdict.of(contents))
        progress.end("done")
        return contents


def _verified(key: str, archive: Path | None, progress: Progress) -> Contents:
    try:
        with (
            TemporaryDirectory(dir=temporary_folder(), prefix="verify_") as folder,
            nullcontext(archive) if archive else backup_place().at_hand(key) as found,
        ):
            return make_ready(found, Path(folder, "new"), progress)
    except (OSError, DatabaseError) as error:
        raise BackupFailed(f"the backup {key} cannot be looked at: {error}") from error

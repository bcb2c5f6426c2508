"""The temporary folder of the data directory: what backups and restores are made of, and emptied at a start.

Reference: core/base_backup.go (LocalTempDirName), PocketBase v0.39.11.
"""

from pathlib import Path

from django.conf import settings

TEMPORARY = ".pb_temp_to_delete"
# What is called so in the folder of backups is on its way there (`LocalRecordStorage.arriving`).
PARTIAL_BACKUPS = ".????????????????.attrs"


def temporary_folder() -> Path:
    """The folder, made if it is not there: on the device that the data directory is on."""
    folder = Path(settings.JOEY_DATA_DIR, TEMPORARY)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder

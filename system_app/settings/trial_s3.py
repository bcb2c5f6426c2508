"""The trial that shows a superuser whether a bucket takes files: one is stored, read, found and deleted.

Reference: contract/files.md 9; forms/test_s3_filesystem.go, PocketBase v0.39.11, which does not read it.
"""

from dataclasses import dataclass

from django.core.files.base import ContentFile

from collections_app.records.storage import FileAttributes, RecordStorage
from platform_app.database.ids import LOWER_ALPHANUMERIC, random_text
from platform_app.runtime_settings.current import current
from platform_app.wire.errors import FieldError, Invalid, required


class S3TrialFailed(Exception):
    """What kept the bucket from doing its part, in words for a superuser."""


@dataclass(frozen=True)
class S3Trial:
    """Which bucket: that of the records' files, "storage", or that of the "backups"."""

    filesystem: str


def try_s3(trial: S3Trial) -> None:
    """Do it on the calling thread. Raises Invalid for a name of no bucket, and S3TrialFailed."""
    if not trial.filesystem:
        raise Invalid({"filesystem": required()})
    if trial.filesystem not in ("storage", "backups"):
        raise Invalid({"filesystem": FieldError("validation_in_invalid", "Must be a valid value.")})
    settings = current()
    s3 = settings.backups_s3 if trial.filesystem == "backups" else settings.s3
    if not s3.enabled:
        raise S3TrialFailed("S3 storage filesystem is not enabled")
    # Imported late: most installations have no bucket, and it takes a while to load.
    from files_app.s3_storage import S3RecordStorage

    try:
        storage = S3RecordStorage(s3)
    except OSError as error:
        raise S3TrialFailed(f"failed to initialize the S3 filesystem: {error}") from error
    folder = f"pb_settings_test_{random_text(5, LOWER_ALPHANUMERIC)}/"
    path, content = f"{folder}test.txt", b"test"
    try:
        storage.store(path, ContentFile(content), FileAttributes("text/plain; charset=utf-8", ""))
    except OSError as error:
        raise S3TrialFailed(f"failed to upload a test file: [key: {error.filename}] {error}") from error
    unread = _what_keeps_from_reading(storage, path, content)
    try:
        storage.delete_prefix(folder)
    except OSError as error:
        raise S3TrialFailed(f"failed to delete a test file: {error}") from error
    if unread:
        raise S3TrialFailed(f"failed to read a test file: [key: {path}] {unread}")


def _what_keeps_from_reading(storage: RecordStorage, path: str, content: bytes) -> str:
    """Why the file is not to be had again, "" when it is: a key may be for uploads alone."""
    try:
        with storage.open(path) as stored:
            return "" if stored.read() == content else "its content is another one"
    except OSError as error:
        return str(error)

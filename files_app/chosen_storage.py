"""ChosenRecordStorage: the files of records where the settings say, in a folder or in a bucket."""

import threading
from typing import Any

from collections_app.records.storage import ChoosingStorage, RecordStorage
from files_app.local_storage import LocalRecordStorage
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import S3Settings


class ChosenRecordStorage(ChoosingStorage):
    """The options are those of the LocalRecordStorage that counts while S3 is off."""

    def __init__(self, **options: Any) -> None:
        self.local = LocalRecordStorage(**options)
        self._remote: tuple[S3Settings, RecordStorage] | None = None
        self._lock = threading.Lock()

    @property
    def is_remote(self) -> bool:
        return current().s3.enabled

    def chosen(self) -> RecordStorage:
        s3 = current().s3
        return self._bucket(s3) if s3.enabled else self.local

    def _bucket(self, s3: S3Settings) -> RecordStorage:
        """The bucket of these settings. Whoever is still at work in that of earlier ones keeps it."""
        with self._lock:
            if self._remote is None or self._remote[0] != s3:
                # Imported late: most installations have no bucket, and it takes a while to load.
                from files_app.s3_storage import S3RecordStorage

                self._remote = (s3, S3RecordStorage(s3))
            return self._remote[1]

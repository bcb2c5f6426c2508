"""SpilledUpload: an upload too large for the memory, on the disk under no name.

Django's own has a name there, which stays when the process is killed.
"""

import os
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

_BUFFER_BYTES = 64 * 1024


class SpilledUpload(UploadedFile):  # type: ignore[type-arg]  # it has none when the program runs
    """Its place on the disk is free again when it and all its readers are closed."""

    def __init__(self, name: str, content_type: str) -> None:
        self._content = TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - closed as this is
        super().__init__(self._content, name, content_type, 0)

    def reader(self) -> IO[bytes]:
        """A reader of its own, at the beginning: none moves another one."""
        self._content.flush()
        return BufferedReader(_Placed(os.dup(self._content.fileno())), _BUFFER_BYTES)


class _Placed(RawIOBase):
    """Reads an open file at a place of its own, as what is open shares one with all its descriptors."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        count = os.preadv(self._descriptor, [room], self._at)
        self._at += count
        return count

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        base = {SEEK_SET: 0, SEEK_CUR: self._at}.get(whence)
        if whence == SEEK_END:
            base = os.fstat(self._descriptor).st_size
        if base is None or base + offset < 0:
            raise ValueError(f"no place to go to: {offset} from {whence}")
        self._at = base + offset
        return self._at

    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._descriptor)

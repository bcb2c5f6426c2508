"""The key that signs the dashboard's sessions: made once, kept in the data directory."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.utils.functional import SimpleLazyObject

FILE_NAME = ".joey_secret_key"


class LaterKey(SimpleLazyObject):  # type: ignore[type-arg]
    """A key that is read, or made, when somebody signs with it.

    It is never empty. To ask whether it is, as Django and django-q2 do when they start, must not make it: a
    command that only looks writes nothing.
    """

    def __bool__(self) -> bool:
        return True


def stored_secret_key(data_dir: Path) -> str:
    """The key of this data directory; the first caller makes it, readable by the owner only."""
    path = data_dir / FILE_NAME
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written under another name first: who finds the file must find the key in it.
    with NamedTemporaryFile("w", encoding="ascii", dir=data_dir, prefix=FILE_NAME) as file:
        file.write(secrets.token_urlsafe(48))
        file.flush()
        with suppress(FileExistsError):  # another thread or process was a moment quicker
            os.link(file.name, path)
    return path.read_text(encoding="ascii").strip()

"""The key that signs the dashboard's sessions: made once, kept in the data directory."""

import os
import secrets
from pathlib import Path

FILE_NAME = ".joey_secret_key"


def stored_secret_key(data_dir: Path) -> str:
    """The key of this data directory; the first caller makes it, readable by the owner only."""
    path = data_dir / FILE_NAME
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was a moment quicker
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key)
    return key

"""The variables that tests run with, whatever is set where they are called."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = Path(tempfile.mkdtemp(prefix="joey-testing-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)

DATA_DIR = _FOLDER / "pb_data"


def use_environment() -> None:
    """A data directory of their own, no migrations written, mails kept in memory.

    The tests run on SQLite, or on the PostgreSQL database that TEST_DATABASE_URL names: never on that of
    DATABASE_URL, which may be the one that people use.
    """
    os.environ.update(
        DATA_DIR=str(DATA_DIR),
        AUTOMIGRATE="0",
        DATABASE_URL=os.environ.get("TEST_DATABASE_URL", ""),
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    )
    os.environ.pop("DATABASE_URL_FILE", None)

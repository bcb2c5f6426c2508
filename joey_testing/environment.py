"""The variables that tests run with, whatever is set where they are called."""

import os
from pathlib import Path


def use_environment(folder: Path) -> None:
    """A data directory in `folder`, no migrations written, mails kept in memory.

    The tests run on SQLite, or on the PostgreSQL database that TEST_DATABASE_URL names: never on that of
    DATABASE_URL, which may be the one that people use.
    """
    os.environ.update(
        DATA_DIR=str(folder / "pb_data"),
        AUTOMIGRATE="0",
        DATABASE_URL=os.environ.get("TEST_DATABASE_URL", ""),
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
    )
    os.environ.pop("DATABASE_URL_FILE", None)

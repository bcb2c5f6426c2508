"""Prepares the process for tests before Django reads its settings (loaded by `-p`, see pyproject.toml).

The data directory is a temporary one. With DATABASE_URL set, the tests that use Django's database run on a
PostgreSQL database of their own, made here and dropped at the end; otherwise they run on SQLite.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
FIXTURE = SHARED / "conformance" / "fixture"

DATABASE_NAME = f"joey_tests_{os.getpid()}"

DATA_ROOT = Path(tempfile.mkdtemp(prefix="joey-tests-"))
atexit.register(shutil.rmtree, DATA_ROOT, ignore_errors=True)


def _fresh_postgresql(url: str) -> str:
    """The address of a new, empty database beside the one in `url`."""
    import psycopg

    atexit.register(_drop_postgresql, url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE_NAME}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{DATABASE_NAME}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE_NAME}"))


os.environ["DATA_DIR"] = str(DATA_ROOT / "pb_data")
os.environ["AUTOMIGRATE"] = "0"
os.environ.pop("MIGRATIONS_DIR", None)
os.environ["EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"


def _drop_postgresql(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE_NAME}" WITH (FORCE)')


if os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = _fresh_postgresql(os.environ["DATABASE_URL"])

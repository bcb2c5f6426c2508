"""Prepares the process for tests before Django reads its settings (loaded by `-p`, see pyproject.toml).

The data directory is a temporary one. With DATABASE_URL set, the tests that use Django's database run on a
PostgreSQL database of their own, made here and dropped at the end; otherwise they run on SQLite.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
FIXTURE = SHARED / "conformance" / "fixture"

DATABASE_NAME = f"joey_tests_{os.getpid()}"
# A server whose databases tests may make and drop; "" where there is none.
POSTGRESQL = os.environ.get("DATABASE_URL") or os.environ.get("TEST_DATABASE_URL") or ""
_numbers = count(1)

DATA_ROOT = Path(tempfile.mkdtemp(prefix="joey-tests-"))
atexit.register(shutil.rmtree, DATA_ROOT, ignore_errors=True)


def _fresh_postgresql(url: str, name: str) -> str:
    """The address of a new, empty database beside the one in `url`."""
    import psycopg

    _drop_postgresql(url, name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _drop_postgresql(url: str, name: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def another_postgresql() -> Iterator[str]:
    """The address of a new, empty database for servers that a test starts; needs POSTGRESQL.

    No two have one name: fixtures of a whole session keep theirs while other tests make their own.
    """
    name = f"{DATABASE_NAME}_{next(_numbers)}"
    try:
        yield _fresh_postgresql(POSTGRESQL, name)
    finally:
        _drop_postgresql(POSTGRESQL, name)


os.environ["DATA_DIR"] = str(DATA_ROOT / "pb_data")
os.environ["AUTOMIGRATE"] = "0"
os.environ.pop("MIGRATIONS_DIR", None)
os.environ["EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"


if os.environ.get("DATABASE_URL"):
    atexit.register(_drop_postgresql, POSTGRESQL, DATABASE_NAME)
    os.environ["DATABASE_URL"] = _fresh_postgresql(POSTGRESQL, DATABASE_NAME)

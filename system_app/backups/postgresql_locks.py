"""What backups ask PostgreSQL: for their turn, and where the tables are."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from system_app.backups.errors import AnotherRuns

# Any number that nobody else locks in the same database.
_TURN_LOCK = 0x6A6F6261


@contextmanager
def turn_in_database() -> Iterator[None]:
    """Hold a lock in the database, on a connection of its own. Raises AnotherRuns."""
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_TURN_LOCK])
            if not cursor.fetchone()[0]:
                raise AnotherRuns
        yield
    finally:
        own.close()


def current_schema() -> str:
    """Where the tables are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        name: str = cursor.fetchone()[0]
    return name

"""Whether views work: each is asked for a row."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection, transaction

from collections_app.collection import Collection
from platform_app.database.database_errors import database_error_text
from platform_app.database.unreadable_views import BrokenView
from system_app.adopting import source_sql

# A view may take its time; whether it works shows when it starts.
PATIENCE_SECONDS = 5.0
_PROGRESS_STEPS = 10_000
_CANCELED = "57014"  # PostgreSQL's code for a statement that was stopped


def broken_views(collections: Iterable[Collection]) -> Iterator[BrokenView]:
    """The view collections of the default database that do not give their fields.

    Asks for the first row; what is not there after PATIENCE_SECONDS counts as slow, not as broken.
    """
    for collection in collections:
        if not collection.is_view:
            continue
        sql = source_sql.first_row(collection.name, [field.name for field in collection.fields])
        try:
            with _patience(), connection.cursor() as cursor:
                cursor.execute(sql)
                cursor.fetchone()
        except DatabaseError as error:
            if not _is_only_slow(error):
                yield BrokenView(collection.name, database_error_text(error))


@contextmanager
def _patience() -> Iterator[None]:
    """Stops what takes longer. On SQLite without a transaction: ours would keep others from writing."""
    if connection.vendor != "sqlite":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT set_config('statement_timeout', %s, true)", [str(int(PATIENCE_SECONDS * 1000))]
                )
            yield
        return
    end = time.monotonic() + PATIENCE_SECONDS
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: time.monotonic() > end, _PROGRESS_STEPS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


def _is_only_slow(error: DatabaseError) -> bool:
    if connection.vendor == "sqlite":
        return "interrupted" in str(error)
    return getattr(error.__cause__, "sqlstate", None) == _CANCELED

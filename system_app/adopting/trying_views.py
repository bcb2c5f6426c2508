"""Whether views work: each is asked for a row, and those that this SQLite cannot even read are named."""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError, connection, transaction

from collections_app.collection import Collection
from platform_app.database.database_errors import database_error_text
from platform_app.database.sqlite_driver import sqlite3, sqlite_description
from system_app.adopting import source_sql

# A view may take its time; whether it works shows when it starts.
PATIENCE_SECONDS = 5.0
_PROGRESS_STEPS = 10_000
_CANCELED = "57014"  # PostgreSQL's code for a statement that was stopped


@dataclass(frozen=True)
class BrokenView:
    name: str
    reason: str

    def __str__(self) -> str:
        return f"The view {self.name} does not work: {self.reason}"


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


def unreadable_views(database: Path) -> list[BrokenView]:
    """The views whose SQL this SQLite cannot parse; one of them is enough to make every statement fail."""
    found = []
    try:
        with (
            closing(sqlite3.connect(database)) as connection,
            closing(sqlite3.connect(":memory:")) as scratch,
        ):
            # In this mode SQLite passes over what it cannot read of a schema, and its table can be asked.
            connection.execute("PRAGMA writable_schema = ON")
            for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'view'"):
                try:
                    scratch.execute(sql)
                except sqlite3.Error as error:
                    found.append(BrokenView(name, str(error)))
    except sqlite3.Error:
        return []  # no database, or a damaged one, which is another matter
    return found


def unreadable_views_text(database: Path) -> str:
    """Which views keep this SQLite from reading the database, and what to do; empty when none does."""
    found = unreadable_views(database)
    if not found:
        return ""
    views = "; ".join(f"{view.name} ({view.reason})" for view in found)
    return (
        f"{sqlite_description()} cannot read {database.name} because of its views: {views}. "
        "Use a newer SQLite, such as pysqlite3's, or change these queries first."
    )

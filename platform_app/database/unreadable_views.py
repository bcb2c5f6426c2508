"""Views whose SQL the SQLite here cannot even read: one of them makes every statement fail."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from platform_app.database.sqlite_driver import sqlite3, sqlite_description


@dataclass(frozen=True)
class BrokenView:
    name: str
    reason: str

    def __str__(self) -> str:
        return f"The view {self.name} does not work: {self.reason}"


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

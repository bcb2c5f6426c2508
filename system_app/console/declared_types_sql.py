"""The declared types of a query's columns on SQLite, which Python's driver does not tell."""

from collections.abc import Sequence

from platform_app.database.sqlite_driver import sqlite3

_VIEW = "joey_console_columns"


def declared_types(connection: sqlite3.Connection, query: str, count: int) -> Sequence[str]:
    """The types in capitals, empty for expressions and for statements that no view could hold.

    A temporary view over the query tells: it lives in this connection alone, and only for a moment.
    """
    try:
        connection.execute(f"CREATE TEMP VIEW {_VIEW} AS {query}")
        types = [str(row[2]).upper() for row in connection.execute(f"PRAGMA table_info({_VIEW})")]
        connection.execute(f"DROP VIEW {_VIEW}")
    except sqlite3.Error:
        return [""] * count
    return types if len(types) == count else [""] * count

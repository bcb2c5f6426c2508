"""The few statements with which an adopted database is inspected, counted and read."""

from collections.abc import Iterable, Sequence

from platform_app.database.quoting_sql import quoted


def count_rows(table: str) -> str:
    return f"SELECT COUNT(*) FROM {quoted(table)}"


def column_names(table: str) -> str:
    return f"SELECT name FROM pragma_table_info({literal(table)})"


def select_rows(table: str, columns: Iterable[str]) -> str:
    """All rows in the order in which they were made."""
    return f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)} ORDER BY rowid"


def select_file_names(table: str, columns: Sequence[str]) -> str:
    return f"SELECT id, {', '.join(map(quoted, columns))} FROM {quoted(table)}"


# Whatever somebody has made, without what SQLite makes for itself.
OBJECTS = """
    SELECT type, name, tbl_name FROM sqlite_master
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY type, name
"""


def first_row(view: str, columns: Iterable[str]) -> str:
    """One row of a view; SQLite takes a lost column for a text, unless it is asked for as the view's."""
    return f"SELECT {', '.join(f'v.{quoted(column)}' for column in columns)} FROM {quoted(view)} v LIMIT 1"


def copy_into(table: str, columns: Iterable[str]) -> str:
    """PostgreSQL's bulk load."""
    return f"COPY {quoted(table)} ({', '.join(map(quoted, columns))}) FROM STDIN"


def delete_rows(table: str) -> str:
    return f"DELETE FROM {quoted(table)}"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

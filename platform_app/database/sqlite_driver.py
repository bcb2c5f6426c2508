"""The SQLite that everything here runs on: the recent one that pysqlite3 brings, else that of Python.

`from platform_app.database.sqlite_driver import sqlite3` is the one way to it. Two libraries must never have
the same file open in one process: when one closes it, the locks of the other are gone
(sqlite.org/howtocorrupt.html, 2.2.1). And `except sqlite3.Error` would let errors of the other module pass.
Why, and what was ruled out: docs/decisions/0007-sqlite-of-its-own.md.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3  # noqa: TID251 - pysqlite3 has no types of its own, and the same interface
else:
    try:
        from pysqlite3 import dbapi2 as sqlite3
    except ImportError:  # a platform without its wheel
        import sqlite3  # noqa: TID251 - the one other place

IS_OWN = sqlite3.__name__.startswith("pysqlite3")


def sqlite_description() -> str:
    """Which SQLite this is, such as `SQLite 3.53.4 (pysqlite3)`."""
    origin = "pysqlite3" if IS_OWN else "Python's own"
    return f"SQLite {sqlite3.sqlite_version} ({origin})"


__all__ = ["IS_OWN", "sqlite3", "sqlite_description"]

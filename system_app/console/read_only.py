"""A connection to SQLite on which a text can read, and nothing else, whatever it says.

SQLite itself is asked what a statement would do once it has understood it, so no spelling of a write slips
through. `PRAGMA query_only` alone would not do: a text could switch it off.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from platform_app.database.sqlite_driver import sqlite3

_READS = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_EXPLAINED = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
# What only tells something, with an argument or without.
_PRAGMAS_OF_SOMETHING = frozenset(
    {
        "foreign_key_check",
        "foreign_key_list",
        "index_info",
        "index_list",
        "index_xinfo",
        "integrity_check",
        "quick_check",
        "table_info",
        "table_list",
        "table_xinfo",
    }
)
# With an argument these would set something.
_PRAGMAS_ALONE = frozenset(
    {
        "application_id",
        "auto_vacuum",
        "busy_timeout",
        "cache_size",
        "collation_list",
        "compile_options",
        "data_version",
        "database_list",
        "encoding",
        "foreign_keys",
        "freelist_count",
        "function_list",
        "journal_mode",
        "max_page_count",
        "mmap_size",
        "module_list",
        "page_count",
        "page_size",
        "pragma_list",
        "query_only",
        "schema_version",
        "synchronous",
        "temp_store",
        "user_version",
    }
)


@contextmanager
def only_reading(connection: sqlite3.Connection, *, may_explain: bool = False) -> Iterator[None]:
    """Meanwhile what would write is refused with a `sqlite3.DatabaseError`.

    With `may_explain` only statements behind EXPLAIN may be run: those of writes are understood, too.
    """
    allowed = _READS | _EXPLAINED if may_explain else _READS

    def decide(action: int, about: str | None, argument: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_PRAGMA:
            pragma = (about or "").lower()
            is_fine = pragma in _PRAGMAS_OF_SOMETHING or (argument is None and pragma in _PRAGMAS_ALONE)
        else:
            is_fine = action in allowed
        return sqlite3.SQLITE_OK if is_fine else sqlite3.SQLITE_DENY

    connection.execute("PRAGMA query_only = 1")
    connection.set_authorizer(decide)
    try:
        yield
    finally:
        connection.set_authorizer(None)
        connection.execute("PRAGMA query_only = 0")

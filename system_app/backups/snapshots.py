"""Snapshots of the SQLite databases: copies of both as of one moment, made while others read and write.

Writers wait while the two copies begin, which takes a few statements; then SQLite's log keeps what they
change apart from what is copied.
"""

from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, connections

from platform_app.database.routers import log_database
from platform_app.database.sqlite_driver import sqlite3
from system_app.backups.contents import AUXILIARY, DATA, SIDE_FILES

# As long as a transaction of somebody else's may last.
_PATIENCE_SECONDS = 60
_PAGES = 1024


def database_files() -> dict[str, Path]:
    """The databases that are served, by the name that they have in a backup."""
    return {
        DATA: Path(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]),
        AUXILIARY: Path(connections[log_database()].settings_dict["NAME"]),
    }


def snapshot(sources: dict[str, Path], folder: Path, advance: Callable[[int], object]) -> None:
    """Copy the databases into `folder`, under their names; `advance` is told of the bytes that are copied.

    Raises sqlite3.Error and OSError.
    """
    with ExitStack() as opened:
        readers = {name: opened.enter_context(closing(_open(path))) for name, path in sources.items()}
        with ExitStack() as guarded:
            for path in sources.values():
                guard = guarded.enter_context(closing(_open(path)))
                guard.execute("BEGIN IMMEDIATE")
            for reader in readers.values():
                # Reading begins with the first query, not with BEGIN.
                reader.execute("BEGIN")
                reader.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        for name, reader in readers.items():
            _copy(reader, folder / name, advance)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=_PATIENCE_SECONDS, check_same_thread=False)


def _copy(reader: sqlite3.Connection, target: Path, advance: Callable[[int], object]) -> None:
    page_bytes: int = reader.execute("PRAGMA page_size").fetchone()[0]
    left: int | None = None

    def progress(status: int, remaining: int, total: int) -> None:
        nonlocal left
        advance(((total if left is None else left) - remaining) * page_bytes)
        left = remaining

    target.touch(mode=0o600)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        # Whoever finds it unfinished throws it away.
        copy.execute("PRAGMA synchronous = OFF")
        # The reader's transaction is open all the time: so nobody's writes make it begin again.
        reader.backup(copy, pages=_PAGES, progress=progress)
    for suffix in SIDE_FILES:
        target.with_name(target.name + suffix).unlink(missing_ok=True)

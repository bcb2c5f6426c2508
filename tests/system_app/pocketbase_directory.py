"""Builds a small data directory as PocketBase leaves it, without PocketBase: two collections and a file."""

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from platform_app.database.sqlite_driver import sqlite3

TEXT = "TEXT DEFAULT '' NOT NULL"
ID = "TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL"
MOMENT = "2025-01-02 03:04:05.678Z"
NOTES_ID = "pbc_notes"

_COLLECTIONS = """
    CREATE TABLE `_collections` (
        `id` TEXT PRIMARY KEY, `system` BOOLEAN DEFAULT FALSE NOT NULL, `type` TEXT NOT NULL,
        `name` TEXT UNIQUE NOT NULL, `fields` JSON DEFAULT '[]' NOT NULL,
        `indexes` JSON DEFAULT '[]' NOT NULL,
        `listRule` TEXT, `viewRule` TEXT, `createRule` TEXT, `updateRule` TEXT, `deleteRule` TEXT,
        `options` JSON DEFAULT '{}' NOT NULL, `created` TEXT NOT NULL, `updated` TEXT NOT NULL
    )
"""


def field(kind: str, name: str, **options: object) -> dict[str, object]:
    return {"type": kind, "name": name, "id": f"{kind}_{name}", **options}


ID_FIELD = field("text", "id", primaryKey=True, system=True, required=True, pattern="^[a-z0-9]+$")
NOTES = [ID_FIELD, field("text", "title"), field("file", "photo", maxSelect=1), field("bool", "done")]
SUPERUSERS = [
    ID_FIELD,
    field("password", "password", system=True, hidden=True),
    field("text", "tokenKey", system=True, hidden=True),
    field("email", "email", system=True),
    field("bool", "emailVisibility", system=True),
    field("bool", "verified", system=True),
]


def build_directory(folder: Path, *, journal_mode: str = "DELETE") -> Path:
    """A directory with a superuser, three notes and the file of one of them."""
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "data.db")) as database:
        database.execute(f"PRAGMA journal_mode={journal_mode}")
        database.execute(_COLLECTIONS)
        database.execute(
            f"CREATE TABLE `_params` (`id` {ID}, `value` JSON, `created` {TEXT}, `updated` {TEXT})"
        )
        database.execute(
            f"CREATE TABLE `_superusers` (`id` {ID}, `password` {TEXT}, `tokenKey` {TEXT}, `email` {TEXT}, "
            "`emailVisibility` BOOLEAN DEFAULT FALSE NOT NULL, `verified` BOOLEAN DEFAULT FALSE NOT NULL)"
        )
        database.execute(
            f"CREATE TABLE `notes` (`done` BOOLEAN DEFAULT FALSE NOT NULL, `id` {ID}, "
            f"`photo` {TEXT}, `title` {TEXT})"
        )
        database.execute(
            "CREATE VIEW `done_notes` AS SELECT * FROM (select id, title from notes where done = 1)"
        )
        define(database, "pbc_superusers", "_superusers", "auth", SUPERUSERS)
        define(database, NOTES_ID, "notes", "base", NOTES, indexes=["create index i on notes (title)"])
        define(
            database,
            "pbc_done",
            "done_notes",
            "view",
            [ID_FIELD, field("text", "title")],
            options={"viewQuery": "select id, title from notes where done = 1"},
        )
        database.execute("CREATE INDEX `i` ON `notes` (`title`)")
        database.execute(
            "INSERT INTO _superusers VALUES ('s1', '$2a$10$hash', 'key', 'alice@example.com', 0, 1)"
        )
        database.executemany(
            "INSERT INTO notes (id, title, photo, done) VALUES (?, ?, ?, ?)",
            [("n2", "second", "", 1), ("n1", "first", "a_1.png", 0), ("n3", "third", "gone_2.png", 1)],
        )
        database.execute(
            "INSERT INTO _params VALUES ('settings', ?, ?, ?)",
            [b'{"meta":{"appName":"Notes"}}', MOMENT, MOMENT],
        )
        database.commit()
    photos = folder / "storage" / NOTES_ID / "n1"
    photos.mkdir(parents=True)
    (photos / "a_1.png").write_bytes(b"not really a picture")
    (photos / "a_1.png.attrs").write_text('{"user.content_type":"image/png"}')
    return folder


def define(
    database: sqlite3.Connection,
    collection_id: str,
    name: str,
    kind: str,
    fields: list[dict[str, object]],
    *,
    indexes: Sequence[str] = (),
    options: dict[str, str] | None = None,
) -> None:
    database.execute(
        "INSERT INTO _collections (id, system, type, name, fields, indexes, options, created, updated) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            collection_id,
            name.startswith("_"),
            kind,
            name,
            json.dumps(fields),
            json.dumps(list(indexes)),
            json.dumps(options or {}),
            MOMENT,
            MOMENT,
        ],
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

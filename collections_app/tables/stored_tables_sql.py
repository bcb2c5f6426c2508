"""The table `_collections` as PocketBase lays it out, for data directories that begin with us."""

from platform_app.database.engines.vendor import Vendor
from platform_app.database.row_counter import ROW_COUNTER

_SQLITE = (
    """
    CREATE TABLE IF NOT EXISTS "_collections" (
        "id"         TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
        "system"     BOOLEAN DEFAULT FALSE NOT NULL,
        "type"       TEXT DEFAULT 'base' NOT NULL,
        "name"       TEXT UNIQUE NOT NULL,
        "fields"     JSON DEFAULT '[]' NOT NULL,
        "indexes"    JSON DEFAULT '[]' NOT NULL,
        "listRule"   TEXT DEFAULT NULL,
        "viewRule"   TEXT DEFAULT NULL,
        "createRule" TEXT DEFAULT NULL,
        "updateRule" TEXT DEFAULT NULL,
        "deleteRule" TEXT DEFAULT NULL,
        "options"    JSON DEFAULT '{}' NOT NULL,
        "created"    TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL,
        "updated"    TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL
    )
    """,
    'CREATE INDEX IF NOT EXISTS idx__collections_type ON "_collections" ("type")',
)
_POSTGRESQL = (
    f"""
    CREATE TABLE IF NOT EXISTS "_collections" (
        "id"         TEXT COLLATE "C" PRIMARY KEY,
        "system"     BOOLEAN DEFAULT FALSE NOT NULL,
        "type"       TEXT COLLATE "C" DEFAULT 'base' NOT NULL,
        "name"       TEXT COLLATE "C" UNIQUE NOT NULL,
        "fields"     TEXT COLLATE "C" DEFAULT '[]' NOT NULL,
        "indexes"    TEXT COLLATE "C" DEFAULT '[]' NOT NULL,
        "listRule"   TEXT COLLATE "C" DEFAULT NULL,
        "viewRule"   TEXT COLLATE "C" DEFAULT NULL,
        "createRule" TEXT COLLATE "C" DEFAULT NULL,
        "updateRule" TEXT COLLATE "C" DEFAULT NULL,
        "deleteRule" TEXT COLLATE "C" DEFAULT NULL,
        "options"    TEXT COLLATE "C" DEFAULT '{{}}' NOT NULL,
        "created"    TEXT COLLATE "C" DEFAULT '' NOT NULL,
        "updated"    TEXT COLLATE "C" DEFAULT '' NOT NULL,
        "{ROW_COUNTER}" BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE
    )
    """,
    'CREATE INDEX IF NOT EXISTS idx__collections_type ON "_collections" ("type")',
)


def create_collections_table(vendor: Vendor) -> tuple[str, ...]:
    """The statements that make `_collections` where it is missing."""
    return _SQLITE if vendor == "sqlite" else _POSTGRESQL

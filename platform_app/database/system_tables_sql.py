"""The tables `_params` and `_logs` as PocketBase lays them out; every statement skips what is there."""

from platform_app.database.row_counter import ROW_COUNTER

_PARAMS_SQLITE = """
    CREATE TABLE IF NOT EXISTS "_params" (
        "id"      TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
        "value"   JSON DEFAULT NULL,
        "created" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL,
        "updated" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL
    )
"""
_PARAMS_POSTGRESQL = """
    CREATE TABLE IF NOT EXISTS "_params" (
        "id"      TEXT COLLATE "C" PRIMARY KEY,
        "value"   TEXT COLLATE "C" DEFAULT NULL,
        "created" TEXT COLLATE "C" DEFAULT '' NOT NULL,
        "updated" TEXT COLLATE "C" DEFAULT '' NOT NULL
    )
"""
_LOGS_SQLITE = (
    """
    CREATE TABLE IF NOT EXISTS "_logs" (
        "id"      TEXT PRIMARY KEY DEFAULT ('r'||lower(hex(randomblob(7)))) NOT NULL,
        "level"   INTEGER DEFAULT 0 NOT NULL,
        "message" TEXT DEFAULT '' NOT NULL,
        "data"    JSON DEFAULT '{}' NOT NULL,
        "created" TEXT DEFAULT (strftime('%Y-%m-%d %H:%M:%fZ')) NOT NULL
    )
    """,
    'CREATE INDEX IF NOT EXISTS idx_logs_level ON "_logs" ("level")',
    'CREATE INDEX IF NOT EXISTS idx_logs_message ON "_logs" ("message")',
    """
    CREATE INDEX IF NOT EXISTS idx_logs_created_hour
    ON "_logs" (strftime('%Y-%m-%d %H:00:00', "created"))
    """,
)
_LOGS_POSTGRESQL = (
    """
    CREATE TABLE IF NOT EXISTS "_logs" (
        "id"      TEXT COLLATE "C" PRIMARY KEY,
        "level"   INTEGER DEFAULT 0 NOT NULL,
        "message" TEXT COLLATE "C" DEFAULT '' NOT NULL,
        "data"    TEXT COLLATE "C" DEFAULT '{}' NOT NULL,
        "created" TEXT COLLATE "C" DEFAULT '' NOT NULL
    )
    """,
    # Not in CREATE TABLE: there are tables without it.
    f"""
    ALTER TABLE "_logs"
    ADD COLUMN IF NOT EXISTS "{ROW_COUNTER}" BIGINT GENERATED ALWAYS AS IDENTITY UNIQUE
    """,
    'CREATE INDEX IF NOT EXISTS idx_logs_level ON "_logs" ("level")',
    'CREATE INDEX IF NOT EXISTS idx_logs_created ON "_logs" ("created")',
    'CREATE INDEX IF NOT EXISTS idx_logs_created_hour ON "_logs" (left("created", 13))',
)

# PocketBase's own record of its migrations; without these rows it would set a directory up a second time.
CREATE_MIGRATIONS = """
    CREATE TABLE IF NOT EXISTS "_migrations" (
        file VARCHAR(255) PRIMARY KEY NOT NULL, applied INTEGER NOT NULL
    )
"""
# What PocketBase 0.39.11 has done to a directory once it has opened it; recorded so that it can open ours.
POCKETBASE_MIGRATIONS = (
    "1640988000_aux_init.go",
    "1640988000_init.go",
    "1717233556_v0.23_migrate.go",
    "1717233557_v0.23_migrate2.go",
    "1717233558_v0.23_migrate3.go",
    "1717233559_v0.23_migrate4.go",
    "1763020353_update_default_auth_alert_templates.go",
    "1778828400_normalize_indexes.go",
)
RECORD_MIGRATION = 'INSERT INTO "_migrations" (file, applied) VALUES (%s, %s)'


def create_params(vendor: str) -> str:
    return _PARAMS_SQLITE if vendor == "sqlite" else _PARAMS_POSTGRESQL


def create_logs(vendor: str) -> tuple[str, ...]:
    return _LOGS_SQLITE if vendor == "sqlite" else _LOGS_POSTGRESQL

"""Errors of the database as texts for superusers, in the form in which the reference gives them."""

from django.db import DatabaseError

from platform_app.database.sqlite_driver import sqlite3

# How the reference's driver names SQLite's primary result codes.
_NAMES = {
    1: "SQL logic error",
    5: "database is locked",
    6: "database table is locked",
    8: "attempt to write a readonly database",
    9: "interrupted",
    11: "database disk image is malformed",
    13: "database or disk is full",
    14: "unable to open database file",
    18: "string or blob too big",
    19: "constraint failed",
    20: "datatype mismatch",
    25: "column index out of range",
}

_CONSTRAINT = 19
# How a failed constraint tells which kind it is: pysqlite3 keeps only the primary code (Python's own module
# has the extended one), and has no way to ask for more.
_CONSTRAINT_CODES = {
    "CHECK": 275,
    "FOREIGN KEY": 787,
    "NOT NULL": 1299,
    "UNIQUE": 2067,
}
_PRIMARY_KEY = 1555  # says UNIQUE, too; every table here has its key in `id`, and nothing else is called so


def database_error_text(error: BaseException) -> str:
    """What the database said, in one line, such as `SQL logic error: no such table: posts (1)`.

    PostgreSQL tells in further lines what is in the way, and what to do: those stand in brackets.
    """
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None:
            if code == _CONSTRAINT:
                code = _constraint_code(str(cause))
            name = _NAMES.get(code & 0xFF, "SQL logic error")
            return f"{name}: {cause} ({code})"
    said = getattr(cause, "diag", None)
    if said is not None and said.message_primary:
        details = [
            line.strip().removesuffix(".")
            for text in (said.message_detail, said.message_hint)
            for line in (text or "").splitlines()
        ]
        return f"{said.message_primary} ({'; '.join(details)})" if details else str(said.message_primary)
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _constraint_code(message: str) -> int:
    """SQLite's extended code for a message such as `UNIQUE constraint failed: posts.title`."""
    kind, _, where = message.partition(" constraint failed")
    if kind == "UNIQUE" and where.endswith(".id") and ", " not in where:
        return _PRIMARY_KEY
    return _CONSTRAINT_CODES.get(kind, _CONSTRAINT)


def error_text(error: BaseException) -> str:
    """Any error as the text that follows "Raw error:"."""
    return database_error_text(error) if isinstance(error, DatabaseError) else str(error)

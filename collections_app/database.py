"""The short way to the database for the REST hot path: rows by SQL, without the ORM's layers.

SQL that comes through here is written for the engine at hand: `?` marks a parameter on SQLite,
`%s` on PostgreSQL (`filterlang/dialects` knows).
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, connections

from collections_app.fields.base import Vendor


def vendor() -> Vendor:
    """The engine of the default database."""
    return "sqlite" if connection.vendor == "sqlite" else "postgresql"


def fetch_all(sql: str, params: Sequence[Any] = (), *, using: str = "default") -> list[tuple[Any, ...]]:
    """All rows of a query. Raises the driver's own errors, wrapped as Django's."""
    wrapper = connections[using]
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        cursor = wrapper.connection.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def fetch_one(sql: str, params: Sequence[Any] = (), *, using: str = "default") -> tuple[Any, ...] | None:
    """The first row of a query, or None."""
    wrapper = connections[using]
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        cursor = wrapper.connection.execute(sql, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
        cursor.close()
        return row

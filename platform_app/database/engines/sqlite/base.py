"""SQLite as Joey uses it: Django's engine on our SQLite, without database-level foreign keys.

A table of PocketBase must never be blocked by one of ours (deleting a superuser while `django_admin_log`
mentions it), so no constraint is declared and none is enforced.

Django's engine names the module of Python's own SQLite in a few places. Each is overridden here, whichever
SQLite it is in the end; tests/platform_app/database/test_engines.py finds a place that a new Django adds.
"""

import datetime
import decimal
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from typing import Any

from django.db.backends.sqlite3 import base, features, operations, schema
from django.db.backends.sqlite3._functions import register as register_django_functions  # type: ignore[import-untyped]
from django.utils.asyncio import async_unsafe
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from platform_app.database.sqlite_driver import sqlite3

# These hold for the whole module. They are Django's, which registers them with Python's own, too.
sqlite3.register_converter("bool", b"1".__eq__)
sqlite3.register_converter("date", base.decoder(parse_date))
sqlite3.register_converter("time", base.decoder(parse_time))
sqlite3.register_converter("datetime", base.decoder(parse_datetime))
sqlite3.register_converter("timestamp", base.decoder(parse_datetime))
sqlite3.register_adapter(decimal.Decimal, str)
sqlite3.register_adapter(datetime.date, base.adapt_date)
sqlite3.register_adapter(datetime.datetime, base.adapt_datetime)


class DatabaseFeatures(features.DatabaseFeatures):
    supports_foreign_keys = False
    can_alter_table_drop_column = sqlite3.sqlite_version_info >= (3, 35, 5)
    can_return_columns_from_insert = sqlite3.sqlite_version_info >= (3, 35)
    can_return_rows_from_bulk_insert = can_return_columns_from_insert


class DatabaseOperations(operations.DatabaseOperations):
    def force_group_by(self) -> list[str]:
        return ["GROUP BY TRUE"] if sqlite3.sqlite_version_info < (3, 39) else []


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    sql_create_inline_fk = None
    sql_create_column_inline_fk = None

    def execute(self, sql: Any, params: Any = ()) -> None:
        """As Django's; only that no view which names what is lost keeps a table of ours from changing.

        SQLite reads the whole schema after ALTER TABLE and refuses for any error, but not in this mode.
        """
        if not str(sql).startswith("ALTER TABLE"):
            return super().execute(sql, params)
        super().execute("PRAGMA writable_schema = ON")
        try:
            return super().execute(sql, params)
        finally:
            super().execute("PRAGMA writable_schema = OFF")


class Cursor(sqlite3.Cursor):
    """Takes the `%s` and `%(name)s` that Django writes, as its own cursor does."""

    def execute(self, query: str, params: Any = None) -> "Cursor":
        if params is None:
            return super().execute(query)
        return super().execute(_with_sqlite_marks(query, params), params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> "Cursor":
        remaining = iter(param_list)
        first = list(islice(remaining, 1))  # its names, if it has any, are those of all others
        query = _with_sqlite_marks(query, first[0] if first else ())
        return super().executemany(query, chain(first, remaining))


def _with_sqlite_marks(query: str, params: Any) -> str:
    """`?` for `%s`, or `:name` for `%(name)s` when the parameters have names; `%%` is a percent sign."""
    if isinstance(params, Mapping):
        return query % {name: f":{name}" for name in params}
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class DatabaseWrapper(base.DatabaseWrapper):
    Database = sqlite3
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations
    SchemaEditorClass = DatabaseSchemaEditor

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = sqlite3.connect(**conn_params)
        register_django_functions(connection)
        # On, an SQLite of macOS leaves the old name in what mentions a renamed table.
        connection.execute("PRAGMA legacy_alter_table = OFF")
        for command in self.init_commands:  # type: ignore[attr-defined]
            if command.strip():
                connection.execute(command)
        connection.execute("PRAGMA foreign_keys = OFF")
        return connection

    def create_cursor(self, name: str | None = None) -> Cursor:
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor

    def disable_constraint_checking(self) -> bool:
        return True  # never on; saves four statements around every schema change

    def enable_constraint_checking(self) -> None:
        """Nothing to enable: see the module's docstring."""

    def check_constraints(self, table_names: Any = None) -> None:
        """Nothing of ours to check, and a table that somebody added is not ours to judge."""

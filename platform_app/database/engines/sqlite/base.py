"""SQLite as Joey uses it: Django's engine without database-level foreign keys.

A table of PocketBase must never be blocked by one of ours (deleting a superuser while `django_admin_log`
mentions it), so no constraint is declared and none is enforced.
"""

from typing import Any

from django.db.backends.sqlite3 import base, features, schema


class DatabaseFeatures(features.DatabaseFeatures):
    supports_foreign_keys = False


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    sql_create_inline_fk = None
    sql_create_column_inline_fk = None


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
    SchemaEditorClass = DatabaseSchemaEditor

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA foreign_keys = OFF")
        return connection

    def disable_constraint_checking(self) -> bool:
        return True  # never on; saves four statements around every schema change

    def enable_constraint_checking(self) -> None:
        """Nothing to enable: see the module's docstring."""

    def check_constraints(self, table_names: Any = None) -> None:
        """Nothing of ours to check, and a table that somebody added is not ours to judge."""

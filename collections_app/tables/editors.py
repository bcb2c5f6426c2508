"""`apply_steps(plan(old, new))`: the one door through which tables of collections change."""

from collections.abc import Iterable

from django.db import DEFAULT_DB_ALIAS, connections

from collections_app.tables.base_editor import CollectionEditing
from collections_app.tables.plan import Step


def schema_editor(using: str = DEFAULT_DB_ALIAS) -> CollectionEditing:
    """The editor of a database's engine; use it in a `with` block, inside the caller's transaction."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        from collections_app.tables.sqlite_editor import SqliteCollectionSchemaEditor

        return SqliteCollectionSchemaEditor(connection)
    # Imported late: psycopg takes 60 ms, and installations on SQLite never need it.
    from collections_app.tables.postgresql_editor import PostgresqlCollectionSchemaEditor

    return PostgresqlCollectionSchemaEditor(connection)


def apply_steps(steps: Iterable[Step], using: str = DEFAULT_DB_ALIAS) -> None:
    """Carry out the steps, all or none.

    Raises IndexRefused for an index that the database will not make, else the database's own error.
    """
    with schema_editor(using) as editor:
        for step in steps:
            editor.apply(step)

"""Replacing a PostgreSQL database by that of a backup: in one transaction, and the old one is kept beside it.

The old data stays in a schema of another name until the new one is open; to undo is to give the name back.
"""

from contextlib import closing
from pathlib import Path

from django.db import connection, transaction

from system_app.backups.contents import DATA, DUMP
from system_app.backups.postgresql_locks import current_schema

_OLD = "joey_old_"


class PostgresqlReplacement:
    """A DatabaseElsewhere (`platform_app.database.replacing`). Its database belongs to Joey alone."""

    def put_in(self, new: Path) -> None:
        schema, old = current_schema(), _old_schema(new)
        moves = [f'ALTER SCHEMA "{schema}" RENAME TO "{old}"', f'CREATE SCHEMA "{schema}"']
        if (new / DUMP).is_file():
            # Imported late: psycopg takes 60 ms, and no start has to wait for it that restores nothing.
            from system_app.backups.postgresql_tools import restore

            connection.close()
            restore(new / DUMP, schema, moves)
            return
        from system_app.adopting.postgresql_sql import import_database
        from system_app.adopting.source import open_copy, read_definitions

        with open_copy(new / DATA) as source:
            collections = read_definitions(source)
        with transaction.atomic():
            _run(moves)
            import_database(new / DATA, collections)

    def put_back(self, new: Path) -> None:
        schema, old = current_schema(), _old_schema(new)
        if _exists(old):
            with transaction.atomic():
                _run([f'DROP SCHEMA "{schema}" CASCADE', f'ALTER SCHEMA "{old}" RENAME TO "{schema}"'])

    def let_go(self, new: Path) -> None:
        _run([f'DROP SCHEMA IF EXISTS "{_old_schema(new)}" CASCADE'])


def _old_schema(new: Path) -> str:
    """Another name for every restore: what an earlier one left must never be taken for this one's."""
    return f"{_OLD}{new.parent.name}"


def _exists(schema: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
        return cursor.fetchone() is not None


def _run(statements: list[str]) -> None:
    with closing(connection.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)

"""The collection schema editor of PostgreSQL."""

from functools import cached_property

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from collections_app.fields.base import Vendor
from collections_app.schema import tables_sql
from collections_app.schema.editing import CollectionEditing, known_names
from collections_app.schema.plan import ConvertColumn
from collections_app.schema.postgresql_translation_sql import Names, translate


class PostgresqlCollectionSchemaEditor(CollectionEditing, DatabaseSchemaEditor):
    engine: Vendor = "postgresql"

    @cached_property
    def _names(self) -> Names:
        return known_names()

    def _convert_column(self, step: ConvertColumn) -> None:
        # Both kinds are TEXT here: only the values and the default change, so views may stay.
        name = step.field.name
        self.run(
            tables_sql.convert_values(
                step.table, name, name, to_multiple=step.to_multiple, vendor=self.engine
            )
        )
        self.run(tables_sql.set_default(step.table, name, "[]" if step.to_multiple else ""))

    def _view_query(self, query: str) -> str:
        return translate(super()._view_query(query), self._names)

    def _view_columns(self, name: str) -> dict[str, str]:
        with self.connection.cursor() as cursor:
            cursor.execute(tables_sql.POSTGRESQL_COLUMNS, [name])
            return dict(cursor.fetchall())

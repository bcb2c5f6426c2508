"""The collection schema editor of SQLite."""

from django.db import OperationalError
from django.db.backends.sqlite3.schema import DatabaseSchemaEditor

from collections_app.tables import tables_sql
from collections_app.tables.base_editor import CollectionEditing
from collections_app.tables.marked_names import with_quoted_names
from collections_app.tables.plan import AddColumn, CheckViews, ConvertColumn
from platform_app.database.engines.vendor import Vendor


class SqliteCollectionSchemaEditor(CollectionEditing, DatabaseSchemaEditor):
    engine: Vendor = "sqlite"

    # No FK toggling and no check of the whole database around every change: none are declared.
    def __enter__(self) -> "SqliteCollectionSchemaEditor":
        super(DatabaseSchemaEditor, self).__enter__()
        return self

    def __exit__(self, exc_type: object, exc_value: object, traceback: object) -> None:
        super(DatabaseSchemaEditor, self).__exit__(exc_type, exc_value, traceback)  # type: ignore[arg-type]

    def _check_views(self, step: CheckViews) -> None:
        # The reference adds a column under another name and renames it, and SQLite reads every view for that.
        # Asking the views is quicker; the rename, to the same name, is for the error's own words.
        if any(self._is_broken(view) for view in self._stored_views()):
            self._rename(step.table, step.column, step.column)

    def _is_broken(self, view: str) -> bool:
        try:
            self._view_columns(view)
        except OperationalError:
            return True
        return False

    def _view_query(self, query: str) -> str:
        return with_quoted_names(super()._view_query(query))

    def _convert_column(self, step: ConvertColumn) -> None:
        # SQLite cannot change a column's type or default, so a new column takes the place of the old one.
        # Views would break half-way and forbid it; they are put back as they were.
        views = self._stored_views()
        for name in views:
            self.run(tables_sql.drop_view(name))
        name = step.field.name
        parked = self._free_column(step.table, f"_{name}")
        self._rename(step.table, name, parked)
        self._add_column(AddColumn(step.table, step.field))
        self.run(
            tables_sql.convert_values(
                step.table, parked, name, to_multiple=step.to_multiple, vendor=self.engine
            )
        )
        self._drop(step.table, parked)
        for sql in views.values():
            self.run(sql)

    def _name_view_columns(self) -> None:
        # SQLite carries a new name into the views' queries, and so into the names of their columns, unless
        # the view itself names them. The reference's views do not; their values would turn up empty.
        for name, sql in self._stored_views().items():
            try:
                columns = list(self._view_columns(name))
            except OperationalError:
                continue  # broken already
            named = tables_sql.with_view_columns(sql, columns)
            if named is not None:
                self.run(tables_sql.drop_view(name))
                self.run(named)

    def _stored_views(self) -> dict[str, str]:
        with self.connection.cursor() as cursor:
            cursor.execute(tables_sql.STORED_VIEWS)
            return dict(cursor.fetchall())

    def _free_column(self, table: str, wanted: str) -> str:
        with self.connection.cursor() as cursor:
            taken = {
                column.name.lower()
                for column in self.connection.introspection.get_table_description(cursor, table)
            }
        name, number = wanted, 1
        while name.lower() in taken:
            number += 1
            name = f"{wanted}{number}"
        return name

    def _view_columns(self, name: str) -> dict[str, str]:
        with self.connection.cursor() as cursor:
            cursor.execute(tables_sql.sqlite_columns(name))
            return {row[1]: row[2].lower() for row in cursor.fetchall()}

"""How the schema editors carry out a plan's steps on either engine.

Column definitions come from the collection's fields, not from Django's types, and no step copies a table:
Django's SQLite editor would remake it for every NOT NULL column (about half a second at 200,000 rows).
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, cast

from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from collections_app.models import StoredCollection
from collections_app.tables import tables_sql
from collections_app.tables.dynamic_models import build_model, table_model
from collections_app.tables.identifiers import NameTooLong, check_names
from collections_app.tables.plan import (
    AddColumn,
    CheckViews,
    ConvertColumn,
    CreateIndex,
    CreateTable,
    CreateView,
    DropColumn,
    DropIndex,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    Step,
)
from collections_app.tables.postgresql_translation_sql import Names
from collections_app.tables.query_names import Table
from platform_app.database.database_errors import database_error_text
from platform_app.database.engines.vendor import Vendor
from platform_app.database.ids import random_text


class IndexRefused(Exception):
    """The database would not make an index: a missing column, or rows that are not unique."""

    def __init__(self, position: int, name: str, reason: str) -> None:
        super().__init__(f"Failed to create index {name} - {reason}.")
        self.position = position
        self.name = name
        self.reason = reason


class CollectionEditing(BaseDatabaseSchemaEditor):
    """Adds `apply(step)` to a Django schema editor."""

    engine: Vendor

    def apply(self, step: Step) -> None:
        """Carry out one step. Raises IndexRefused, or the database's own error."""
        try:
            check_names(step)
        except NameTooLong as error:
            if isinstance(step, CreateIndex):
                raise IndexRefused(step.position, step.index.name, str(error)) from error
            raise
        action = cast(Callable[[Step], None], self._actions[type(step)])
        action(step)

    @cached_property
    def _actions(self) -> dict[type[Any], Callable[..., None]]:
        return {
            CreateTable: self._create_table,
            DropTable: self._drop_table,
            RenameTable: self._rename_table,
            AddColumn: self._add_column,
            CheckViews: self._check_views,
            RenameColumn: self._rename_column,
            DropColumn: self._drop_column,
            ConvertColumn: self._convert_column,
            CreateIndex: self._create_index,
            DropIndex: self._drop_index,
            CreateView: self._create_view,
            DropView: self._drop_view,
        }

    def run(self, sql: str) -> None:
        """Execute a whole statement; a `%` in it stays what it is."""
        self.execute(sql, None)

    # --- tables and columns --------------------------------------------------------------------------

    def _create_table(self, step: CreateTable) -> None:
        # Not through a Django model: that has a primary key even where the definition has none, which an
        # import finds out only after it has stored everything.
        columns = {field.name: field.column_sql(self.engine) for field in step.collection.fields}
        self.run(tables_sql.create_table(step.collection.name, columns, self.engine))

    def _drop_table(self, step: DropTable) -> None:
        self.delete_model(build_model(step.collection))

    def _rename_table(self, step: RenameTable) -> None:
        self.alter_db_table(table_model(step.new_name, {}), step.old_name, step.new_name)

    def _add_column(self, step: AddColumn) -> None:
        self.run(
            self.sql_create_column
            % {
                "table": self.quote_name(step.table),
                "column": self.quote_name(step.column),
                "definition": step.field.column_sql(self.engine),
            }
        )

    def _check_views(self, step: CheckViews) -> None:
        """PostgreSQL never has a broken view."""

    def _rename_column(self, step: RenameColumn) -> None:
        self._name_view_columns()
        self._rename(step.table, step.old_name, step.new_name)

    def _name_view_columns(self) -> None:
        """Let views keep the names of their columns when the tables' are renamed."""

    def _rename(self, table: str, old_name: str, new_name: str) -> None:
        self.run(
            self.sql_rename_column
            % {
                "table": self.quote_name(table),
                "old_column": self.quote_name(old_name),
                "new_column": self.quote_name(new_name),
            }
        )

    def _drop_column(self, step: DropColumn) -> None:
        self._drop(step.table, step.field.name)

    def _drop(self, table: str, name: str) -> None:
        self.run(tables_sql.drop_column(table, name))

    def _convert_column(self, step: ConvertColumn) -> None:
        raise NotImplementedError

    # --- indexes and views ---------------------------------------------------------------------------

    def _create_index(self, step: CreateIndex) -> None:
        columns = [field.name for field in step.collection.fields]
        booleans = [field.name for field in step.collection.fields if field.type == "bool"]
        sql = tables_sql.create_index(step.index, self.engine, Names.of(columns, booleans))
        try:
            # The savepoint keeps a transaction of PostgreSQL usable for whoever reports the refusal.
            with transaction.atomic(self.connection.alias):
                self.run(sql)
        except DatabaseError as error:
            raise IndexRefused(step.position, step.index.name, database_error_text(error)) from error

    def _drop_index(self, step: DropIndex) -> None:
        self.run(tables_sql.drop_index(step.name))

    def _create_view(self, step: CreateView) -> None:
        own = self._view_query(step.query)
        columns = self._columns_of(own)
        typed = self._with_text_id(own, columns)
        self.run(tables_sql.create_view(step.name, typed, self.engine, list(columns)))
        # SQLite looks into a view only when it is used: this finds missing tables and columns.
        self._view_columns(step.name)

    def number_view(self, name: str, query: str) -> None:
        """Give a view that lacks it the counter of `platform_app.database.row_counter`; SQLite needs none."""

    def view_columns(self, query: str) -> dict[str, str]:
        """The columns that a view with this query would have, with their lower-case types."""
        return self._columns_of(self._view_query(query))

    def typed_view_query(self, query: str) -> str:
        """The query in this engine's words, its `id` cast to text unless it is one."""
        own = self._view_query(query)
        return self._with_text_id(own, self._columns_of(own))

    def _with_text_id(self, own_query: str, columns: Mapping[str, str]) -> str:
        if columns.get("id", "text") == "text":
            return own_query
        return tables_sql.with_text_id(own_query, list(columns), self.engine)

    def _columns_of(self, own_query: str) -> dict[str, str]:
        name = f"_temp_{random_text(6)}"
        self.run(tables_sql.create_view(name, own_query, self.engine))
        columns = self._view_columns(name)
        self.run(tables_sql.drop_view(name))
        return columns

    def _drop_view(self, step: DropView) -> None:
        self.run(tables_sql.drop_view(step.name))

    def _view_query(self, query: str) -> str:
        """The collection's query as this engine reads it, without a closing semicolon."""
        return query.strip().rstrip("; \t\r\n")

    def _view_columns(self, name: str) -> dict[str, str]:
        """The columns of a view in their order, with their lower-case types."""
        raise NotImplementedError


def known_tables() -> dict[str, Table]:
    """The tables of the stored collections with their columns, by lower-case name."""
    tables: dict[str, Table] = {}
    for name, fields in StoredCollection.objects.values_list("name", "fields"):
        definitions = cast(list[dict[str, Any]], fields or [])
        booleans = [item["name"] for item in definitions if item["type"] == "bool"]
        tables[name.lower()] = Table.of(name, [item["name"] for item in definitions], booleans)
    return tables

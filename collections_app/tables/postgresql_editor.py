"""The collection schema editor of PostgreSQL."""

import logging
from functools import cached_property

from django.db import DatabaseError, transaction
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from collections_app.models import StoredCollection
from collections_app.tables import tables_sql
from collections_app.tables.base_editor import CollectionEditing, known_tables
from collections_app.tables.plan import ConvertColumn, CreateTable, CreateView, DropView
from collections_app.tables.postgresql_translation_sql import Names, translate
from collections_app.tables.query_names import Table
from collections_app.tables.view_order_sql import numbered_definition, numbered_queries, without_counters
from platform_app.database.engines.vendor import Vendor
from platform_app.database.row_counter import ROW_COUNTER

logger = logging.getLogger(__name__)


class PostgresqlCollectionSchemaEditor(CollectionEditing, DatabaseSchemaEditor):
    engine: Vendor = "postgresql"

    def __enter__(self) -> "PostgresqlCollectionSchemaEditor":
        # Views that went with the one that they select from, until that one is back; in order of creation.
        self._parked_views: dict[str, str] = {}
        super().__enter__()
        return self

    @cached_property
    def _tables(self) -> dict[str, Table]:
        return known_tables()

    def _create_table(self, step: CreateTable) -> None:
        super()._create_table(step)
        self.run(tables_sql.add_row_counter(step.collection.name))

    @cached_property
    def _columns_by_table(self) -> dict[str, list[str]]:
        stored = [row.as_collection() for row in StoredCollection.objects.all()]
        return {one.name: [field.name for field in one.fields] for one in stored}

    def _convert_column(self, step: ConvertColumn) -> None:
        # Both kinds are TEXT here: only the values and the default change, so views may stay.
        name = step.field.name
        self.run(
            tables_sql.convert_values(
                step.table, name, name, to_multiple=step.to_multiple, vendor=self.engine
            )
        )
        self.run(tables_sql.set_default(step.table, name, "[]" if step.to_multiple else ""))

    # PostgreSQL does not let go of a view that others select from, where SQLite does not even look: the
    # others are dropped first, and put back over the new view as far as it still has what they need.

    def _drop_view(self, step: DropView) -> None:
        parked = self._views_upon(step.name)
        for name in reversed(parked):
            self.run(tables_sql.drop_view(name))
        self._parked_views.update(parked)
        super()._drop_view(step)

    def _create_view(self, step: CreateView) -> None:
        self._make_view(step.name, step.query)
        parked, self._parked_views = self._parked_views, {}
        for name, definition in parked.items():
            try:
                with transaction.atomic(self.connection.alias):
                    self.run(tables_sql.restore_view(name, definition))
            except DatabaseError as error:
                logger.warning("the view %s does not fit the new %s: %s", name, step.name, error)

    def _views_upon(self, name: str) -> dict[str, str]:
        """The views that select from this one, directly or not, with their queries; the nearest first."""
        found: dict[str, str] = {}
        pending = [name]
        with self.connection.cursor() as cursor:
            while pending:
                cursor.execute(tables_sql.POSTGRESQL_DEPENDENT_VIEWS, [pending.pop(0)])
                for dependent, definition in cursor.fetchall():
                    # Found again further away: it has to come after everything that it needs.
                    found.pop(dependent, None)
                    found[dependent] = definition
                    pending.append(dependent)
        return found

    def number_view(self, name: str, query: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(tables_sql.POSTGRESQL_VIEW_DEFINITION, [name])
            row = cursor.fetchone()
        if row is None:
            return  # it went with a column that it needs, and comes back when its query works again
        try:
            with transaction.atomic(self.connection.alias):
                self._make_view(name, query, replaces=True)
        except DatabaseError:
            self.run(tables_sql.restore_view(name, numbered_definition(row[0]), replaces=True))

    def _make_view(self, name: str, query: str, *, replaces: bool = False) -> None:
        """Raises the database's error for the query as it is, when no numbered form works either."""
        own = self._view_query(query)
        columns = self._columns_of(own)
        types = {**columns, ROW_COUNTER: "bigint"}
        *others, last = numbered_queries(own)
        for numbered in others:
            try:
                with transaction.atomic(self.connection.alias):
                    self._run_view(name, numbered, types, replaces)
                return
            except DatabaseError:
                continue  # such as a first table that is a query, or rows that are counted together
        self._run_view(name, last, types, replaces)

    def _run_view(self, name: str, query: str, columns: dict[str, str], replaces: bool) -> None:
        typed = self._with_text_id(query, columns)
        self.run(tables_sql.create_view(name, typed, self.engine, list(columns), replaces=replaces))

    def _view_query(self, query: str) -> str:
        names = Names.of_tables(self._tables.values())
        translated = translate(super()._view_query(query), names, self._tables)
        return without_counters(translated, self._columns_by_table)

    def _view_columns(self, name: str) -> dict[str, str]:
        with self.connection.cursor() as cursor:
            cursor.execute(tables_sql.POSTGRESQL_COLUMNS, [name])
            return dict(cursor.fetchall())

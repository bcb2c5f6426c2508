"""Values that only the database can tell, such as `F("n") + 1`: evaluated when their record is saved.

They are evaluated in the transaction of the write, on the row as it is then and that nobody else can change
before it ends; the result is checked like every value.
"""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from django.db import connections, models
from django.db.models.expressions import ExpressionWrapper
from django.db.models.sql import Query

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.fields.python_values import is_expression
from collections_app.records.record import Record
from collections_app.tables.dynamic_models import CollectionModel, build_model, collection_field_of
from platform_app.database.lanes import require_pool
from platform_app.database.rows import in_transaction, vendor
from platform_app.database.transactions import unit_of_work
from platform_app.wire.errors import RecordGone


class Evaluating(AbstractContextManager["Evaluating"]):
    """A `with` block around a save, in which `settle` replaces the expressions that were set so far.

    The first one opens the transaction, which the end of the block commits; without any there is none.
    """

    _unit: AbstractContextManager[None] | None = None

    def settle(self, record: Record) -> None:
        """Raises TypeError, naming the field, for what cannot be evaluated or does not fit the field."""
        if not record.expressions:
            return
        require_pool()
        if self._unit is None and not in_transaction():
            unit = unit_of_work()
            unit.__enter__()
            self._unit = unit
        _settle(record)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._unit is not None:
            self._unit.__exit__(kind, error, traceback)


class _AsItIs(models.Field):  # type: ignore[type-arg]
    """What an expression yields, converted by nobody: the field that it is for takes it as it comes."""


@derived
def _model_of(collection: Collection) -> type[CollectionModel]:
    return build_model(collection)


def _settle(record: Record) -> None:
    names = sorted(name for name in record.expressions if is_expression(record.values[name]))
    record.expressions = frozenset()
    if not names:
        return
    for name in names:
        _require_plain(record, name)
    results = _without_a_row(record, names) if record.is_new else _on_its_row(record, names)
    for name, result in zip(names, results, strict=True):
        record.values[name] = record.collection.fields_by_name[name].accept(result)


def _require_plain(record: Record, name: str) -> None:
    """Refuse what is about several rows, and the passwords of all of them."""
    expression = record.values[name]
    of_several = getattr(expression, "contains_aggregate", False) or getattr(
        expression, "contains_over_clause", False
    )
    if of_several or record.collection.fields_by_name[name].is_secret:
        raise TypeError(f"{name} cannot hold {type(expression).__name__}")


def _on_its_row(record: Record, names: list[str]) -> list[Any]:
    """What the expressions yield for the stored row; `original` then has what that holds now."""
    model = _model_of(record.collection)
    columns = {collection_field_of(column).name: column.attname for column in model._meta.concrete_fields}
    asked = [ExpressionWrapper(record.values[name], output_field=_AsItIs()) for name in names]
    rows = model._base_manager.using("default").filter(pk=record.id)
    if vendor() == "postgresql":
        # On SQLite a transaction that writes has the database to itself.
        rows = rows.select_for_update(of=("self",))
    found = list(rows.values_list(*(columns[name] for name in names), *asked))
    if not found:
        raise RecordGone
    held, results = found[0][: len(names)], found[0][len(names) :]
    record.original = {**(record.original or {}), **dict(zip(names, held, strict=True))}
    return list(results)


def _without_a_row(record: Record, names: list[str]) -> list[Any]:
    """What the expressions yield for a record that is not stored yet: they cannot ask what it holds."""
    query = Query(_model_of(record.collection))
    connection = connections["default"]
    compiler = query.get_compiler(connection=connection)
    results = []
    for name in names:
        resolved = record.values[name].resolve_expression(query, allow_joins=False)
        if resolved.contains_column_references:
            raise TypeError(f"{name} of a new record cannot ask what the record holds")
        sql, params = compiler.compile(resolved)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {sql}", params)
            results.append(cursor.fetchone()[0])
    return results

"""INSERT, UPDATE and DELETE of single rows, their text worked out once per collection."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

from collections_app.collection import Collection
from collections_app.database import vendor
from collections_app.records.record import Record
from collections_app.records.select_sql import quoted


class _Texts:
    """The statements that follow from a collection alone."""

    def __init__(self, collection: Collection) -> None:
        table = quoted(collection.name)
        mark = "?" if vendor() == "sqlite" else "%s"
        columns = [quoted(field.name) for field in collection.fields]
        marks = ", ".join([mark] * len(columns))
        assignments = ", ".join(f"{column} = {mark}" for column in columns)
        self.insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        self.update = f'UPDATE {table} SET {assignments} WHERE "id" = {mark}'
        self.delete = f'DELETE FROM {table} WHERE "id" = {mark}'
        self.planned = ", ".join(f"{self._typed(mark, name)} AS {name}" for name in columns)

    def _typed(self, mark: str, name: str) -> str:
        return mark


_texts: "WeakKeyDictionary[Collection, _Texts]" = WeakKeyDictionary()


def _texts_of(collection: Collection) -> _Texts:
    texts = _texts.get(collection)
    if texts is None:
        texts = _texts[collection] = _Texts(collection)
    return texts


def row_values(record: Record) -> list[Any]:
    """The record's values as column parameters, in the order of the collection's fields."""
    values = record.values
    return [field.to_db(values[field.name]) for field in record.collection.fields]


def insert_row(record: Record) -> None:
    _execute(_texts_of(record.collection).insert, row_values(record))


def update_row(record: Record, stored_id: str) -> None:
    _execute(_texts_of(record.collection).update, [*row_values(record), stored_id])


def delete_row(record: Record) -> None:
    _execute(_texts_of(record.collection).delete, [record.id])


def _execute(sql: str, params: Sequence[Any]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.execute(sql, params)

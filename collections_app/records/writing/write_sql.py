"""INSERT, UPDATE and DELETE of single rows, their text worked out once per collection."""

from collections.abc import Iterable, Sequence
from typing import Any

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.records.record import Record
from platform_app.database.quoting_sql import quoted
from platform_app.database.rows import fetch_one, vendor, write

_MOST_UPDATES = 64


class _Texts:
    """The statements that follow from a collection alone, and its fields' encoders."""

    def __init__(self, collection: Collection) -> None:
        self.table = quoted(collection.name)
        self.mark = "?" if vendor() == "sqlite" else "%s"
        columns = ", ".join(quoted(field.name) for field in collection.fields)
        marks = ", ".join([self.mark] * len(collection.fields))
        self.insert = f"INSERT INTO {self.table} ({columns}) VALUES ({marks})"
        self.delete = f'DELETE FROM {self.table} WHERE "id" = {self.mark}'
        is_same = "IS" if self.mark == "?" else "IS NOT DISTINCT FROM"
        self.unchanged = f" AND ({columns}) {is_same} ({marks})"
        self.encoders = tuple((field.name, field.to_db) for field in collection.fields)
        self._updates: dict[tuple[str, ...], str] = {}

    def update(self, names: tuple[str, ...]) -> str:
        text = self._updates.get(names)
        if text is None:
            assignments = ", ".join(f"{quoted(name)} = {self.mark}" for name in names)
            text = f'UPDATE {self.table} SET {assignments} WHERE "id" = {self.mark}'
            if len(self._updates) < _MOST_UPDATES:
                self._updates[names] = text
        return text

    def if_unchanged(self, sql: str, params: list[Any], row: Sequence[Any] | None) -> tuple[str, list[Any]]:
        """The statement, to change nothing when the stored row is no longer `row`; None: whatever it is."""
        return (sql, params) if row is None else (sql + self.unchanged, [*params, *row])


@derived
def _texts_of(collection: Collection) -> _Texts:
    return _Texts(collection)


def insert_row(record: Record) -> None:
    texts, values = _texts_of(record.collection), record.values
    write(texts.insert, [to_db(values[name]) for name, to_db in texts.encoders])


def update_row(record: Record, stored_id: str) -> bool:
    """Write the columns that changed since the record was read.

    The reference always writes all, and so takes back what another request changed in the meantime. Returns
    False, and has changed nothing, when the row is gone, or is no longer the record's `stored_row`.
    """
    original = record.original or {}
    texts, values = _texts_of(record.collection), record.values
    changed = [(name, to_db) for name, to_db in texts.encoders if values[name] != original.get(name)]
    if not changed:
        return True
    sql = texts.update(tuple(name for name, _ in changed))
    params = [*(to_db(values[name]) for name, to_db in changed), stored_id]
    return bool(write(*texts.if_unchanged(sql, params, record.stored_row)))


def delete_row(record: Record) -> bool:
    """Returns False, and has changed nothing, when the row is gone or no longer the record's `stored_row`."""
    texts = _texts_of(record.collection)
    return bool(write(*texts.if_unchanged(texts.delete, [record.id], record.stored_row)))


def stored_columns(record: Record, stored_id: str, names: Iterable[str]) -> tuple[Any, ...] | None:
    """What some columns of a stored record hold now; until the transaction ends nobody else changes them."""
    columns = ", ".join(map(quoted, names))
    texts = _texts_of(record.collection)
    # On SQLite a transaction that writes has the database to itself.
    lock = "" if texts.mark == "?" else " FOR UPDATE"
    return fetch_one(f'SELECT {columns} FROM {texts.table} WHERE "id" = {texts.mark}{lock}', (stored_id,))

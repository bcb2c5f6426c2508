"""Rows to records: per collection one decoder that touches only the columns which need it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from collections_app.collection import Collection
from collections_app.records.record import Record

RowDecoder = Callable[[Iterable[Sequence[Any]]], list[Record]]

# Compiled once per definition; goes with the catalog's snapshot that holds the collection.
_decoders: "WeakKeyDictionary[Collection, RowDecoder]" = WeakKeyDictionary()


def decode_rows(collection: Collection, rows: Iterable[Sequence[Any]]) -> list[Record]:
    """Records of rows whose columns stand in the order of `collection.fields`."""
    decoder = _decoders.get(collection)
    if decoder is None:
        decoder = _decoders[collection] = _compile(collection)
    return decoder(rows)


def _compile(collection: Collection) -> RowDecoder:
    names = tuple(field.name for field in collection.fields)
    # The columns of a view can hold anything, such as the NULLs of a join: there every field looks itself.
    found = [field.from_db if collection.is_view else field.decoder for field in collection.fields]
    decoders = tuple((index, decoder) for index, decoder in enumerate(found) if decoder is not None)

    def decode(rows: Iterable[Sequence[Any]]) -> list[Record]:
        records = []
        for row in rows:
            columns = list(row)
            for index, from_column in decoders:
                columns[index] = from_column(columns[index])
            values = dict(zip(names, columns, strict=True))
            records.append(Record(collection, values, original=values.copy()))
        return records

    return decode

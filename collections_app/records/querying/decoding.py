"""Rows to records: per collection one decoder that touches only the columns which need it."""

from collections.abc import Callable, Sequence
from typing import Any

from collections_app.collection import Collection
from collections_app.derived import derived
from collections_app.fields.base import Field
from collections_app.records.record import Record

RowDecoder = Callable[[Sequence[Sequence[Any]], Sequence[Field] | None], list[Record]]


def decode_rows(
    collection: Collection, rows: Sequence[Sequence[Any]], fields: Sequence[Field] | None = None
) -> list[Record]:
    """Records of rows whose columns stand in the order of `fields`, by default `collection.fields`."""
    return _decoder_of(collection)(rows, fields)


@derived
def _decoder_of(collection: Collection) -> RowDecoder:
    names = tuple(field.name for field in collection.fields)
    decoders = tuple(
        (index, decoder)
        for index, field in enumerate(collection.fields)
        if (decoder := _column_decoder(field, in_view=collection.is_view)) is not None
    )

    def decode(rows: Sequence[Sequence[Any]], fields: Sequence[Field] | None) -> list[Record]:
        # Column by column: the loops run in C, and a column of dates is checked as a whole.
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        if not columns:
            return []
        if fields is not None:
            by_name = {field.name: column for field, column in zip(fields, columns, strict=True)}
            columns = [by_name[name] for name in names]
        for index, decoder in decoders:
            columns[index] = decoder(columns[index])
        return [
            Record(collection, dict(zip(names, row, strict=True)), loaded=row)
            for row in zip(*columns, strict=True)
        ]

    return decode


def _column_decoder(field: Field, *, in_view: bool) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    if in_view:
        # The columns of a view can hold anything, such as the NULLs of a join: every field looks itself.
        return lambda column: list(map(field.from_db, column))
    return field.column_decoder

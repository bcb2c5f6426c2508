"""One statement that asks a compiled condition about one record, for one requester or for many.

What differs between many is a table of its own, one row for each, whose columns stand where the parameters
were. There the values compare as the bound ones did: on SQLite by an expression without affinity, on
PostgreSQL by a column of the type that the placeholder is cast to.
"""

from collections.abc import Sequence
from typing import Any, Literal

import orjson

from collections_app.collection import Collection
from collections_app.filterlang.fragments_sql import Fragment, Param
from collections_app.records.querying.planned_sql import planned_table_sql
from collections_app.records.querying.resolving import dialect_of
from collections_app.records.record import Record
from platform_app.database.quoting_sql import quoted
from platform_app.database.rows import Statement, vendor
from platform_app.wire.nul_characters import NUL

Kind = Literal["text", "real", "integer", "list"]
Row = tuple[Any, ...]

# No collection and no join is called so.
_ASKING = '"@asking"'
_TYPES: dict[Kind, str] = {"text": "text", "real": "float8", "integer": "float8"}
# Whole numbers up to here are doubles too; SQLite reads a fraction as the two of which it is the quotient,
# because its own reading of decimals may be off by the last bit. To it 0.0 and -0.0 are alike.
_MOST_NUMERATOR = 2**53
_MOST_DENOMINATOR = 2**62


class Subject:
    """The record that is asked about: the stored one of an id, or one that is not stored."""

    def __init__(self, collection: Collection, record: Record | str) -> None:
        self.is_planned = isinstance(record, Record)
        self.table, self.condition = "", ""
        self.values: Row = ()
        self.id: Row = ()
        if isinstance(record, Record):
            self.table, self.values = planned_table_sql(record)
            self.table += " "
        else:
            self.condition = f'{quoted(collection.name)}."id" = {"?" if vendor() == "sqlite" else "%s"}'
            self.id = (record,)

    def select(self, from_sql: str, where_sql: str) -> str:
        where = f"({where_sql}) AND {self.condition}" if where_sql and self.condition else ""
        where = where or where_sql or self.condition
        return f"SELECT 1 FROM {from_sql} WHERE {where}" if where else f"SELECT 1 FROM {from_sql}"


def alone_sql(subject: Subject, fragments: tuple[Fragment, Fragment], params: Row) -> Statement:
    """One row if the subject passes the condition."""
    dialect = dialect_of(vendor())
    select = subject.select(*map(dialect.render, fragments))
    return f"{subject.table}{select} LIMIT 1", (*subject.values, *params, *subject.id)


def together_sql(
    subject: Subject,
    fragments: tuple[Fragment, Fragment],
    kinds: Sequence[Kind],
    rows: Sequence[Row],
    differing: Sequence[int],
) -> Statement:
    """The indices of those of `rows`, parameters of one requester each, with which the subject passes.

    `differing` are the positions of what is not the same in all rows; `is_exact` holds for every row there.
    """
    is_sqlite = vendor() == "sqlite"
    table, given, columns = (_of_json if is_sqlite else _of_arrays)(kinds, rows, differing)
    sources = iter([columns.get(position) for position in range(len(kinds))])
    dialect = dialect_of(vendor())
    select = subject.select(
        *(
            dialect.render(
                tuple([(next(sources) or piece) if isinstance(piece, Param) else piece for piece in fragment])
            )
            for fragment in fragments
        )
    )
    shared = [value for position, value in enumerate(rows[0]) if position not in columns]
    index = f'{_ASKING}."key"' if is_sqlite else f'{_ASKING}."key" - 1'
    sql = f"{subject.table}SELECT {index} FROM {table} WHERE EXISTS ({select})"
    return sql, (*subject.values, *given, *shared, *subject.id)


def differing_positions(kinds: Sequence[Kind], rows: Sequence[Row]) -> list[int]:
    """Where not all rows hold the same."""
    result = []
    for position, column in enumerate(zip(*rows, strict=True)):
        values = list(map(repr, column)) if kinds[position] == "real" else column  # 0.0 == -0.0
        if values.count(values[0]) != len(values):
            result.append(position)
    return result


def is_exact(kinds: Sequence[Kind], row: Row, positions: Sequence[int]) -> bool:
    """Whether a table can hold what stands there as it is."""
    return all(_is_exact(kinds[position], row[position]) for position in positions)


def _is_exact(kind: Kind, value: Any) -> bool:
    if kind == "text":
        return NUL not in value and bool(value.isascii() or _is_unicode(value))
    if not abs(value) <= _MOST_NUMERATOR:
        return False  # too large, or no number
    numerator, denominator = value.as_integer_ratio()
    return bool(abs(numerator) <= _MOST_NUMERATOR and denominator <= _MOST_DENOMINATOR)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


# --- the tables -----------------------------------------------------------------------------------------

Table = tuple[str, Row, dict[int, str]]


def _of_json(kinds: Sequence[Kind], rows: Sequence[Row], positions: Sequence[int]) -> Table:
    """The table of SQLite with its parameters, and what reads the column of each position."""
    columns: dict[int, str] = {}
    width = 0
    for position in positions:
        columns[position] = _json_item(width)
        width += 1
        if kinds[position] == "real":
            columns[position] = f"({columns[position]} * 1.0 / {_json_item(width)})"
            width += 1
    packed = []
    for row in rows:
        items: list[Any] = []
        for position in positions:
            value = row[position]
            items.extend(value.as_integer_ratio() if kinds[position] == "real" else (value,))
        packed.append(items)
    return f"json_each(?) AS {_ASKING}", (orjson.dumps(packed).decode(),), columns


def _json_item(index: int) -> str:
    return f"json_extract({_ASKING}.\"value\", '$[{index}]')"


def _of_arrays(kinds: Sequence[Kind], rows: Sequence[Row], positions: Sequence[int]) -> Table:
    """The same of PostgreSQL."""
    columns = {position: f'{_ASKING}."{index}"' for index, position in enumerate(positions)}
    arrays = ", ".join(f"%s::{_TYPES[kinds[position]]}[]" for position in positions)
    names = ", ".join(f'"{index}"' for index in range(len(positions)))
    given = tuple([row[position] for row in rows] for position in positions)
    return f'unnest({arrays}) WITH ORDINALITY AS {_ASKING}({names}, "key")', given, columns

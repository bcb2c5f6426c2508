"""What a query answered, as a table for people: cut, sorted by a column, and as CSV whole."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from admin_ui.spreadsheets import defused
from system_app.console.sql_console import QueryResult

# So many rows are seen at first; the others are in the page already.
FIRST_ROWS = 250
# Of a cell in the table; the CSV has all of it.
MOST_CHARACTERS = 300
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LONGEST_NUMBER = 40


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    is_number: bool
    sorted: str = ""  # "ascending" or "descending"
    next_sort: str = ""  # what a click on its head asks for


@dataclass(frozen=True)
class Cell:
    """`text` is None for NULL."""

    text: str | None
    is_number: bool


@dataclass(frozen=True)
class Table:
    columns: tuple[Column, ...]
    first: tuple[tuple[Cell, ...], ...]
    others: tuple[tuple[Cell, ...], ...]

    @property
    def count(self) -> int:
        return len(self.first) + len(self.others)


def table_of(result: QueryResult, sort: str = "") -> Table:
    """`sort` is the number of a column from 0 on, behind a minus for descending; else it is as answered."""
    rows = result.rows
    numbers = [_is_numeric(rows, at) for at in range(len(result.columns))]
    wanted, is_descending = sort.removeprefix("-"), sort.startswith("-")
    by = int(wanted) if wanted.isdecimal() and wanted.isascii() and len(wanted) < 5 else -1
    if 0 <= by < len(numbers):
        rows = sort_rows(rows, by, is_number=numbers[by], is_descending=is_descending)
    columns = tuple(
        Column(
            name,
            type_,
            numbers[at],
            ("descending" if is_descending else "ascending") if at == by else "",
            f"-{at}" if at == by and not is_descending else str(at),
        )
        for at, (name, type_) in enumerate(result.columns)
    )
    shown = tuple(
        tuple(_cell(value, number) for value, number in zip(row, numbers, strict=True)) for row in rows
    )
    return Table(columns, shown[:FIRST_ROWS], shown[FIRST_ROWS:])


def sort_rows(
    rows: Sequence[list[str | None]], by: int, *, is_number: bool, is_descending: bool
) -> list[list[str | None]]:
    """NULL comes last, whichever the direction.

    >>> sort_rows([["b"], [None], ["10"], ["9"]], 0, is_number=False, is_descending=False)
    [['10'], ['9'], ['b'], [None]]
    >>> sort_rows([["9"], [None], ["10"]], 0, is_number=True, is_descending=True)
    [['10'], ['9'], [None]]
    """
    there = [row for row in rows if row[by] is not None]
    none = [row for row in rows if row[by] is None]
    there.sort(
        key=lambda row: (float(row[by] or 0), "") if is_number else (0.0, (row[by] or "").casefold()),
        reverse=is_descending,
    )
    return there + none


def as_csv(result: QueryResult) -> str:
    """With a line of names; NULL is nothing, and what looks like a formula has a quotation mark before it.

    >>> as_csv(QueryResult(columns=[("a", ""), ("b", "")], rows=[["=1+1", None], ["-2", 'x"y']]))
    'a,b\\r\\n\\'=1+1,\\r\\n-2,"x""y"\\r\\n'
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_cell_text(name) for name, _ in result.columns)
    for row in result.rows:
        writer.writerow("" if value is None else _cell_text(value) for value in row)
    return out.getvalue()


def _is_numeric(rows: Sequence[list[str | None]], at: int) -> bool:
    values = [value for row in rows if (value := row[at]) is not None]
    return bool(values) and all(map(_is_number, values))


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) is not None


def _cell(value: str | None, is_number: bool) -> Cell:
    if value is not None and len(value) > MOST_CHARACTERS:
        value = f"{value[: MOST_CHARACTERS - 1]}…"
    return Cell(value, is_number)


def _cell_text(text: str) -> str:
    return text if _is_number(text) else defused(text)

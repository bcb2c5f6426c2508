"""How records stand in a file: CSV, JSON, or JSON line by line (NDJSON)."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

from admin_ui.spreadsheets import defused
from collections_app.collection import Collection
from collections_app.records.reading.presenting import Json
from platform_app.wire.json_encoding import encode

Format = Literal["csv", "json", "ndjson"]

CONTENT_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}

_NEVER_SHOWN_OF_AUTH = frozenset({"password", "tokenKey"})


def format_of(name: str) -> Format | None:
    """The format of that name, None where there is none."""
    return next((one for one in CONTENT_TYPES if one == name), None)


def exported_names(collection: Collection, *, with_hidden: bool) -> tuple[str, ...]:
    """The fields that an answer from the API has, in their order, the hidden ones for who sees these."""
    return tuple(
        field.name
        for field in collection.fields
        if (with_hidden or not field.hidden)
        and not field.is_secret
        and not (collection.is_auth and field.name in _NEVER_SHOWN_OF_AUTH)
    )


def written(format_: Format, names: Sequence[str], batches: Iterable[Sequence[Json]]) -> Iterator[bytes]:
    """The file, a piece for each batch of presented records, of which it has the fields `names`."""
    return _WRITERS[format_](names, batches)


def _csv(names: Sequence[str], batches: Iterable[Sequence[Json]]) -> Iterator[bytes]:
    yield _rows([list(names)])
    for batch in batches:
        yield _rows([cell_text(item.get(name)) for name in names] for item in batch)


def _rows(rows: Iterable[list[str]]) -> bytes:
    written_rows = io.StringIO()
    csv.writer(written_rows).writerows(rows)
    return written_rows.getvalue().encode("utf-8", "replace")


def _json(names: Sequence[str], batches: Iterable[Sequence[Json]]) -> Iterator[bytes]:
    before = b"[\n"
    for batch in batches:
        if batch:
            yield before + b",\n".join(encode(_picked(item, names)) for item in batch)
            before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _ndjson(names: Sequence[str], batches: Iterable[Sequence[Json]]) -> Iterator[bytes]:
    for batch in batches:
        yield b"".join(encode(_picked(item, names)) + b"\n" for item in batch)


_WRITERS: dict[Format, Callable[[Sequence[str], Iterable[Sequence[Json]]], Iterator[bytes]]] = {
    "csv": _csv,
    "json": _json,
    "ndjson": _ndjson,
}


def _picked(item: Json, names: Sequence[str]) -> Json:
    return {name: item[name] for name in names if name in item}


def cell_text(value: Any) -> str:
    """A presented value in a cell of CSV: texts defused, everything else as JSON.

    >>> cell_text("=1+1"), cell_text("'=1"), cell_text(-1), cell_text(True), cell_text(["a"]), cell_text(None)
    ("'=1+1", "''=1", '-1', 'true', '["a"]', '')
    """
    if value is None:
        return ""
    if type(value) is str:
        return defused(value)
    text = encode(value).decode()
    return "" if text == "null" else text

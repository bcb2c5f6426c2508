"""Rows of records in a file that somebody sent: CSV, JSON or NDJSON, read a little at a time.

No single step is longer than one row may be, so a large file keeps nobody waiting, and of a JSON document no
more is in memory than its next rows.
"""

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from admin_ui.lists.formats import Format
from admin_ui.spreadsheets import text_in_cell
from platform_app.wire.json_decoding import MalformedJson, decode_json

Row = dict[str, Any]
Read = Callable[[int], bytes]  # so many bytes of the file at most, none at its end

MOST_ROW_CHARACTERS = 1024 * 1024
MOST_COLUMNS = 500
MOST_ROWS = 200_000
_READ_BYTES = 64 * 1024
_DELIMITERS = ",;\t"
_BLANKS = " \t\r\n"
_scan = json.JSONDecoder().raw_decode

# One bound for the process: the module has no other. Its own is 128 KB, less than a text field may hold.
csv.field_size_limit(MOST_ROW_CHARACTERS)


class UnreadableFile(Exception):
    """What is wrong with the file, as a sentence that names the place."""


def format_by(name: str, beginning: bytes) -> Format:
    """What the name says, or else how the file begins."""
    ending = name.rpartition(".")[2].lower()
    if ending in {"csv", "tsv"}:
        return "csv"
    if ending in {"ndjson", "jsonl"}:
        return "ndjson"
    first = beginning.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    return "json" if first == b"[" else "ndjson" if first == b"{" else "csv"


def rows_in(format_: Format, read: Read) -> Iterator[Row]:
    """The rows in their order; those of CSV hold texts. Raises UnreadableFile, also in between."""
    texts = _texts(read)
    rows = {"csv": _csv_rows, "json": _json_rows, "ndjson": _ndjson_rows}[format_](texts)
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise UnreadableFile(_("More than %(most)d rows: send it in parts.") % {"most": MOST_ROWS})
        if len(row) > MOST_COLUMNS:
            raise UnreadableFile(_("Row %(row)d has too many columns.") % {"row": number})
        yield row


def _texts(read: Read) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        while piece := read(_READ_BYTES):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise UnreadableFile(_("The file is not in UTF-8. Save it as CSV UTF-8, or as JSON.")) from error


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """With their ends. Raises UnreadableFile for one that is longer than a row may be."""
    left = ""
    for text in texts:
        # Not splitlines(): a text may hold what Unicode takes for the end of a line.
        *lines, left = (left + text).split("\n")
        for line in lines:
            yield f"{line}\n"
        if len(left) > MOST_ROW_CHARACTERS:
            raise UnreadableFile(_("There is a line of more than a million characters."))
    if left:
        yield left


def _csv_rows(texts: Iterable[str]) -> Iterator[Row]:
    lines = _lines(texts)
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    number = 0
    try:
        names = [name.strip() for name in next(reader, [])]
        if not any(names):
            raise UnreadableFile(_("The first line has to name the columns."))
        if len(set(names)) < len(names):
            raise UnreadableFile(_("Two columns have the same name."))
        for number, values in enumerate((values for values in reader if values), 1):
            if len(values) > len(names):
                raise UnreadableFile(
                    _("Row %(row)d has more values than there are columns.") % {"row": number}
                )
            yield {name: text_in_cell(value) for name, value in zip(names, values, strict=False) if name}
    except csv.Error as error:
        told = {"row": number + 1, "problem": str(error)}
        raise UnreadableFile(_("Row %(row)d cannot be read: %(problem)s.") % told) from error


def _ndjson_rows(texts: Iterable[str]) -> Iterator[Row]:
    filled = (line for line in _lines(texts) if line.strip())
    for number, line in enumerate(filled, 1):
        try:
            row = decode_json(line.encode(), whole=True, keeps_integers=True)
        except MalformedJson as error:
            raise UnreadableFile(_("Row %(row)d is no JSON.") % {"row": number}) from error
        yield _object(row, number)


def _json_rows(texts: Iterable[str]) -> Iterator[Row]:
    """The members of an array of objects, each read for itself."""
    window = _Window(texts)
    if window.next_mark() != "[":
        raise UnreadableFile(_("The file has to be an array of objects."))
    if window.peek() == "]":
        return
    number = 0
    mark = ","
    while mark == ",":
        number += 1
        yield _object(window.value(number), number)
        mark = window.next_mark()
    if mark != "]":
        raise UnreadableFile(_("After row %(row)d there is no comma, and no end.") % {"row": number})


class _Window:
    """The part of a JSON document that is read next."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._pieces = iter(texts)
        self._text = ""
        self._at = 0

    def peek(self) -> str:
        """The next character that is no blank, "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANKS:
                    return self._text[self._at]
                self._at += 1
            if not self._read_on(_READ_BYTES):
                return ""

    def next_mark(self) -> str:
        mark = self.peek()
        self._at += 1
        return mark

    def value(self, number: int) -> Any:
        """The value that begins there. Raises UnreadableFile."""
        self.peek()
        while True:
            try:
                # The scanner finds the end; what is in it is read as the API reads its bodies.
                end = _scan(self._text, self._at)[1]
                value = decode_json(self._text[self._at : end].encode(), keeps_integers=True)
            except (ValueError, RecursionError) as error:
                left = len(self._text) - self._at
                # Twice as much each time, so that a long row is not read again and again.
                if left > MOST_ROW_CHARACTERS or not self._read_on(max(_READ_BYTES, left)):
                    raise UnreadableFile(_("Row %(row)d is no JSON.") % {"row": number}) from error
            else:
                self._at = end
                return value

    def _read_on(self, wanted: int) -> bool:
        """Let so many more characters in, about; False at the end of the document."""
        more: list[str] = []
        size = 0
        while size < wanted and (piece := next(self._pieces, None)) is not None:
            more.append(piece)
            size += len(piece)
        self._text, self._at = self._text[self._at :] + "".join(more), 0
        return size > 0


def _object(row: Any, number: int) -> Row:
    if not isinstance(row, dict):
        raise UnreadableFile(_("Row %(row)d is no object.") % {"row": number})
    return row

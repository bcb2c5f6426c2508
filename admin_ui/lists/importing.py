"""Imports of records: a file becomes rows in a table, and these become records.

To check them and to write them are jobs (`system_app.jobs`), in a process of their own. Rows are written as
requests to the API would write them, with its validators, hooks and realtime, so many at a time that no other
writer waits long. A check does all of that and takes it back.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from admin_ui.lists.file_rows import Read, Row, format_by, rows_in
from admin_ui.models import ImportPart, RecordImport
from admin_ui.records.inputs import form_fields, read_value
from auth_app.superusers import superusers_collection
from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes
from collections_app.fields.base import Field
from collections_app.fields.file_field import FileField
from collections_app.records.querying.finding import find_record
from collections_app.records.writing.creating import create_record
from collections_app.records.writing.updating import update_record
from collections_app.request_info import RequestInfo
from platform_app.database.transactions import unit_of_work
from platform_app.wire.casting import to_string
from platform_app.wire.errors import ApiError, FieldError, sentences
from platform_app.wire.json_decoding import decode_json
from platform_app.wire.json_encoding import encode
from realtime_app.feeds import feeds
from system_app.jobs.enqueuing import enqueue

logger = logging.getLogger(__name__)

# Read, but not checked; being checked; checked; being written; all written; ended before that.
State = Literal["read", "checking", "checked", "writing", "done", "stopped"]

# One row of `ImportPart`.
_PART_ROWS = 200
_PART_BYTES = 256 * 1024
# One transaction: passwords are slow to hash, so it is not the rows alone that bound it.
_GROUP_ROWS = 100
_GROUP_SECONDS = 0.3
# After each of them the others have their turn: on SQLite they look now and then whether they may write, so a
# writer that begins again at once would keep them out.
_PAUSE_SHARE = 0.5
_MOST_PAUSE_SECONDS = 0.1
MOST_PROBLEMS = 200
SAMPLE_ROWS = 3
_MOST_SAMPLE_CHARACTERS = 80
_KEPT = timedelta(days=1)
# A job that says nothing for so long has been cut short.
SILENT = timedelta(minutes=2)
_MOST_SECONDS = 6 * 60 * 60
_TRUTHS = frozenset({"true", "false", "1", "0", "t", "f", ""})


# --- reading the file -----------------------------------------------------------------------------------


def read_file(collection: Collection, owner_id: str, name: str, read: Read) -> RecordImport:
    """Keep the rows of a file, and guess which column is which field. Raises UnreadableFile.

    What others left behind for more than a day goes.
    """
    with unit_of_work():
        RecordImport.objects.filter(touched__lt=timezone.now() - _KEPT).delete()
    beginning = read(4096)
    format_ = format_by(name, beginning)
    left = [beginning]

    def read_on(size: int) -> bytes:
        return left.pop() if left and left[0] else read(size)

    found = RecordImport(
        collection_id=collection.id, owner_id=owner_id, file_name=name[:200], is_csv=format_ == "csv"
    )
    with unit_of_work():
        found.save(force_insert=True)
    try:
        columns: dict[str, None] = {}
        for first, rows in _parts(rows_in(format_, read_on)):
            for row in rows:
                columns.update(dict.fromkeys(row))
            if first == 1:
                found.sample = [
                    {column: _short(value) for column, value in row.items()} for row in rows[:SAMPLE_ROWS]
                ]
            found.rows = first + len(rows) - 1
            with unit_of_work():
                ImportPart.objects.create(of=found, first=first, rows=encode(rows).decode())
    except BaseException:
        with unit_of_work():
            found.delete()
        raise
    found.columns = list(columns)
    found.targets = guessed_targets(collection, found.columns)
    found.state = "read"
    _save(found)
    return found


def _parts(rows: Iterator[Row]) -> Iterator[tuple[int, list[Row]]]:
    """The rows in parts, each with the number of its first one."""
    part: list[Row] = []
    first, size = 1, 0
    for row in rows:
        part.append(row)
        size += sum(len(value) if isinstance(value, str) else 100 for value in row.values())
        if len(part) >= _PART_ROWS or size >= _PART_BYTES:
            yield first, part
            first, part, size = first + len(part), [], 0
    if part:
        yield first, part


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else encode(value).decode()
    return text[:_MOST_SAMPLE_CHARACTERS]


def target_fields(collection: Collection) -> list[Field]:
    """Those that a file can fill: no files, and no dates that set themselves."""
    fields = [
        one
        for one in form_fields(collection, is_new=True)
        if not isinstance(one, FileField) and one.type != "autodate"
    ]
    passwords = [one for one in collection.fields if collection.is_auth and one.name == "password"]
    return [*fields, *passwords]


def guessed_targets(collection: Collection, columns: list[str]) -> dict[str, str]:
    """By column the field that is called like it."""
    names = {_plain(one.name): one.name for one in target_fields(collection)}
    found: dict[str, str] = {}
    for column in columns:
        name = names.pop(_plain(column), None)
        if name:
            found[column] = name
    return found


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


# --- jobs -----------------------------------------------------------------------------------------------


def begin(found: RecordImport, *, writes: bool) -> None:
    """Have a worker check the rows, or write them."""
    found.state = "writing" if writes else "checking"
    found.done = found.created = found.changed = found.wrong = 0
    found.problems, found.message = [], ""
    with unit_of_work():
        found.save()
        enqueue(run_import, found.pk, writes=writes, timeout_seconds=_MOST_SECONDS)


def is_cut_short(found: RecordImport) -> bool:
    """Whether its job has said nothing for so long that it cannot be at work."""
    return found.state in {"checking", "writing"} and timezone.now() - found.touched > SILENT


def run_import(import_id: str, *, writes: bool) -> None:
    """The job."""
    found = RecordImport.objects.filter(pk=import_id).first()
    if found is None or found.state != ("writing" if writes else "checking"):
        return
    collection = catalog().by_id(found.collection_id)
    owner = find_record(superusers_collection(), found.owner_id)
    try:
        if collection is None or owner is None or not accepts_writes(collection):
            raise _Stopped(_("The collection cannot be written any more."))
        _Run(found, collection, RequestInfo(auth=owner), writes=writes).all()
        found.state = "done" if writes else "checked"
    except _Stopped as stopped:
        found.state, found.message = "stopped", str(stopped)
    except Exception:
        logger.exception("the import of %r failed", found.file_name)
        found.state, found.message = "stopped", _("It failed; the log says why.")
    _save(found)
    if found.state == "done":
        with unit_of_work():
            ImportPart.objects.filter(of=found).delete()


class _Stopped(Exception):
    """Why the import ends before its end."""


class _Undone(Exception):
    """A check takes back what it did."""


@dataclass
class _Counts:
    """What came of the rows of one transaction."""

    created: int = 0
    changed: int = 0
    wrong: int = 0
    rows: int = 0  # all of them, with those that a hook stopped
    problems: list[tuple[int, str, str]] = field(default_factory=list)


class _Run:
    def __init__(
        self, found: RecordImport, collection: Collection, info: RequestInfo, *, writes: bool
    ) -> None:
        self._found = found
        self._collection = collection
        self._info = info
        self._writes = writes
        fields = {one.name: one for one in target_fields(collection)}
        self._targets = {column: fields[name] for column, name in found.targets.items() if name in fields}

    def all(self) -> None:
        parts = ImportPart.objects.filter(of=self._found).order_by("first")
        for first in list(parts.values_list("first", flat=True)):
            rows = decode_json(parts.get(first=first).rows.encode(), keeps_integers=True)
            left = deque(enumerate(rows, first))
            while left:
                began_at = time.monotonic()
                self._add(self._group(left))
                time.sleep(min((time.monotonic() - began_at) * _PAUSE_SHARE, _MOST_PAUSE_SECONDS))

    def _group(self, left: "deque[tuple[int, Row]]") -> _Counts:
        """Write the next rows in one transaction, and take them from those that are left."""
        counts = _Counts()
        ends_at = time.monotonic() + _GROUP_SECONDS
        try:
            with unit_of_work():
                for number, row in tuple(left)[:_GROUP_ROWS]:
                    self._row(number, row, counts)
                    counts.rows += 1
                    if time.monotonic() > ends_at:
                        break
                if not self._writes:
                    raise _Undone
        except _Undone:
            pass
        for _row in range(counts.rows):
            left.popleft()
        return counts

    def _row(self, number: int, row: Row, counts: _Counts) -> None:
        try:
            with unit_of_work():
                is_new, is_kept = self._save(self._body(row))
        except _WrongCell as wrong:
            problems = [(wrong.column, wrong.sentence)]
        except ApiError as error:
            problems = [(self._column_of(name), text) for name, text in _told(error)]
        else:
            counts.created += is_kept and is_new
            counts.changed += is_kept and not is_new
            return
        if self._writes and not self._found.skips_wrong:
            self._found.problems = [(number, *problem) for problem in problems]
            self._found.wrong = 1
            told = {"row": number, "done": self._found.done}
            raise _Stopped(
                _("Row %(row)d could not be written: the first %(done)d rows are in, the others are not.")
                % told
                if self._found.done
                else _("Row %(row)d could not be written, so nothing was imported.") % told
            )
        counts.wrong += 1
        counts.problems += [(number, *problem) for problem in problems]

    def _save(self, body: dict[str, Any]) -> tuple[bool, bool]:
        """Whether the record is new, and whether no hook stopped it."""
        record_id = to_string(body.get("id"))
        if record_id and find_record(self._collection, record_id) is not None:
            change = {name: value for name, value in body.items() if name != "id"}
            info = replace(self._info, method="PATCH", body=change)
            return False, update_record(self._collection, record_id, info=info, uploads={}) is not None
        info = replace(self._info, method="POST", body=body)
        return True, create_record(self._collection, info=info, uploads={}) is not None

    def _body(self, row: Row) -> dict[str, Any]:
        """What a request would send. Raises _WrongCell for what the API would take for nothing."""
        body: dict[str, Any] = {}
        for column, target in self._targets.items():
            if column not in row:
                continue
            try:
                body[target.name] = _value(target, row[column])
            except FieldError as error:
                raise _WrongCell(column, error.message) from error
        if "password" in body and self._collection.is_auth:
            if body["password"] == "":  # a cell that is left empty keeps the one that there is
                del body["password"]
            else:
                body["passwordConfirm"] = body["password"]
        return body

    def _column_of(self, name: str) -> str:
        return next((column for column, target in self._targets.items() if target.name == name), name)

    def _add(self, counts: _Counts) -> None:
        """After the commit of a group: what is told of it is so."""
        found = self._found
        found.created += counts.created
        found.changed += counts.changed
        found.wrong += counts.wrong
        found.done += counts.rows
        found.problems = [*found.problems, *counts.problems][:MOST_PROBLEMS]
        _save(found)


class _WrongCell(Exception):
    def __init__(self, column: str, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column
        self.sentence = sentence


def _value(target: Field, value: Any) -> Any:
    """A cell as the API takes it. Raises FieldError for a text that it would silently take for nothing."""
    if not isinstance(value, str):
        return value
    if target.is_multiple and not value.startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    if target.type == "bool" and value.strip().lower() not in _TRUTHS:
        raise FieldError("validation_invalid_bool", _("Expected true or false."))
    if target.type in {"number", "date"}:
        return read_value(target, (value,))
    return value.strip().lower() if target.type == "bool" else value


def _told(error: ApiError) -> list[tuple[str, str]]:
    """The refused fields with their sentences; "" where it is about the whole row."""
    pairs = [text.partition(": ")[::2] for text in sentences(error.data)]
    return pairs or [("", error.message)]


def _save(found: RecordImport) -> None:
    with unit_of_work():
        found.save()
    feeds.send("imports", "progress", progress_of(found), key=found.pk)


def progress_of(found: RecordImport) -> Mapping[str, Any]:
    """What the feed tells of an import."""
    return {
        "id": found.pk,
        "collection": found.collection_id,
        "state": found.state,
        "rows": found.rows,
        "done": found.done,
        "wrong": found.wrong,
    }

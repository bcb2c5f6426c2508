"""Which stored file an address means, and who may read it.

Reference: contract/files.md 1 and 4; apis/file.go, core/view.go (FindRecordByViewFile), PocketBase v0.39.11.
"""

from dataclasses import dataclass
from typing import Any

from collections_app.catalog import catalog
from collections_app.collection import Collection
from collections_app.definitions.view_origins import Sources
from collections_app.derived import derived
from collections_app.fields.file_field import FileField
from collections_app.records.querying.finding import find_holder, find_record, find_satisfying
from collections_app.records.record import Record
from collections_app.request_info import RequestInfo
from collections_app.tables.view_query import InvalidViewQuery, ViewQuery, parse_view_query
from platform_app.wire.errors import NotFound

# How many views may stand between a view and the collection that has the file.
MOST_VIEWS = 5


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a record names in one of its fields."""

    record: Record
    field: FileField
    name: str


def find_file(collection: Collection, record_id: str, name: str) -> NamedFile:
    """The first field of the record that names the file, hidden ones included. Raises NotFound."""
    record = find_record(collection, record_id)
    if record is not None:
        for field in collection.fields:
            if isinstance(field, FileField) and _has(record[field.name], name):
                return NamedFile(record, field, name)
    raise NotFound


def _has(value: Any, name: str) -> bool:
    """Whether a file field's value, as it is stored, names the file."""
    return name in value if isinstance(value, list) else name == value


def may_read(file: NamedFile, info: RequestInfo) -> bool:
    """Whether the view rule lets the requester have a protected file; one that fails lets nobody."""
    collection = file.record.collection
    if info.is_superuser or collection.view_rule == "":
        return True
    if collection.view_rule is None:
        return False
    return find_satisfying(collection, file.record.id, collection.view_rule, info) is not None


def stored_path(file: NamedFile) -> str:
    """Where the storage has the file: under the record that it was uploaded to.

    Raises NotFound for a view's file that nobody can tell the origin of.
    """
    record = file.record
    if record.collection.is_view:
        collection, field = _origin(record.collection, file.field.name)
        origin = find_holder(collection, field, file.name)
        if origin is None:
            raise NotFound
        record = origin
    return f"{record.collection.id}/{record.id}/{file.name}"


def _origin(view: Collection, field_name: str) -> tuple[Collection, FileField]:
    """The collection and the field that a view's field is taken from. Raises NotFound."""
    snapshot = catalog()
    for _ in range(MOST_VIEWS):
        query = _query_of(view)
        column = next((column for column in reversed(query.columns) if column.alias == field_name), None)
        origin = Sources(query, snapshot).origin_of(column) if column is not None else None
        if origin is None or not isinstance(origin.field, FileField):
            break
        if not origin.collection.is_view:
            return origin.collection, origin.field
        view, field_name = origin.collection, origin.field.name
    raise NotFound


@derived
def _query_of(view: Collection) -> ViewQuery:
    try:
        return parse_view_query(view.view_query)
    except InvalidViewQuery:
        return ViewQuery((), ())

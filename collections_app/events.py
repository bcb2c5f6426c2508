"""The hooks around records, models and collections: Django signals with a spine (`platform_app.hooks.hook`).

    @receiver(record_create, collection="posts")
    def number_it(event, **kwargs):
        event.record["number"] = next_number()
        yield
        announce(event.record)

Reference: contract/hooks.md. PocketBase's `onRecordCreate` is `record_create`, and so on.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collections_app.request_info import RequestInfo
from platform_app.hooks.event import Event, Tags
from platform_app.hooks.hook import Hook
from platform_app.hooks.operation_hooks import OperationType, hooks_of

if TYPE_CHECKING:
    from collections_app.collection import Collection
    from collections_app.records.batch_item import BatchItem
    from collections_app.records.reading.listing import Page
    from collections_app.records.record import Record


@dataclass
class RecordEvent(Event):
    """A record on its way into (or out of) the database; `error` is set in the `..._error` hooks."""

    record: "Record"
    type: OperationType
    error: Exception | None = None

    @property
    def collection(self) -> "Collection":
        return self.record.collection

    @property
    def tags(self) -> Tags:
        return self.record.collection.tags


@dataclass
class RequestEvent(Event):
    """A request about one collection; `info` is what rules see of it."""

    collection: "Collection"
    info: RequestInfo

    @property
    def tags(self) -> Tags:
        return self.collection.tags

    @property
    def has_superuser_auth(self) -> bool:
        return self.info.is_superuser


@dataclass
class RecordRequestEvent(RequestEvent):
    """A request about one record: view, create, update, delete."""

    record: "Record"


@dataclass
class RecordsListEvent(RequestEvent):
    """A page of records about to be answered."""

    records: "list[Record]"
    result: "Page"


@dataclass
class RecordEnrichEvent(Event):
    """A record about to be serialised for `info`: hide, show or compute values here."""

    record: "Record"
    info: RequestInfo

    @property
    def tags(self) -> Tags:
        return self.record.collection.tags


@dataclass
class BatchRequestEvent(Event):
    """A batch about to run: the list of its requests, which receivers may edit."""

    info: RequestInfo
    requests: "list[BatchItem]" = field(default_factory=list)


# --- the catalogue (contract/hooks.md 3) -----------------------------------------------------------

model_validate = Hook(tagged=True)
model_create = Hook(tagged=True)
model_create_execute = Hook(tagged=True)
model_after_create_success = Hook(tagged=True)
model_after_create_error = Hook(tagged=True)
model_update = Hook(tagged=True)
model_update_execute = Hook(tagged=True)
model_after_update_success = Hook(tagged=True)
model_after_update_error = Hook(tagged=True)
model_delete = Hook(tagged=True)
model_delete_execute = Hook(tagged=True)
model_after_delete_success = Hook(tagged=True)
model_after_delete_error = Hook(tagged=True)

record_validate = Hook(tagged=True)
record_create = Hook(tagged=True)
record_create_execute = Hook(tagged=True)
record_after_create_success = Hook(tagged=True)
record_after_create_error = Hook(tagged=True)
record_update = Hook(tagged=True)
record_update_execute = Hook(tagged=True)
record_after_update_success = Hook(tagged=True)
record_after_update_error = Hook(tagged=True)
record_delete = Hook(tagged=True)
record_delete_execute = Hook(tagged=True)
record_after_delete_success = Hook(tagged=True)
record_after_delete_error = Hook(tagged=True)

record_enrich = Hook(tagged=True)
records_list_request = Hook(tagged=True)
record_view_request = Hook(tagged=True)
record_create_request = Hook(tagged=True)
record_update_request = Hook(tagged=True)
record_delete_request = Hook(tagged=True)
batch_request = Hook()

# --- collections (contract/hooks.md 2 and 3) -------------------------------------------------------


@dataclass
class CollectionEvent(Event):
    """A collection being saved or deleted; receivers put another definition in `collection` to change it.

    `error` is set for the error hooks.
    """

    collection: "Collection"
    type: OperationType
    error: Exception | None = None

    @property
    def tags(self) -> Tags:
        return self.collection.tags


@dataclass
class CollectionModelEvent(Event):
    """What the model hooks get for a collection, which to them is a row of `_collections`."""

    change: CollectionEvent

    @property
    def collection(self) -> "Collection":
        return self.change.collection

    @property
    def type(self) -> OperationType:
        return self.change.type

    @property
    def error(self) -> Exception | None:
        return self.change.error

    @property
    def tags(self) -> Tags:
        return frozenset(("_collections",))


@dataclass
class CollectionsListEvent(Event):
    """A page of collections about to be answered."""

    collections: "list[Collection]"
    result: dict[str, Any]
    info: RequestInfo


@dataclass
class CollectionRequestEvent(Event):
    """A request about one collection. Its hooks are about designing, have no tags and see all collections."""

    collection: "Collection"
    info: RequestInfo


@dataclass
class CollectionsImportEvent(Event):
    """Definitions about to be imported, as they were sent."""

    collections_data: list[dict[str, Any]]
    delete_missing: bool
    info: RequestInfo


collection_validate = Hook(tagged=True)
collection_create = Hook(tagged=True)
collection_create_execute = Hook(tagged=True)
collection_after_create_success = Hook(tagged=True)
collection_after_create_error = Hook(tagged=True)
collection_update = Hook(tagged=True)
collection_update_execute = Hook(tagged=True)
collection_after_update_success = Hook(tagged=True)
collection_after_update_error = Hook(tagged=True)
collection_delete = Hook(tagged=True)
collection_delete_execute = Hook(tagged=True)
collection_after_delete_success = Hook(tagged=True)
collection_after_delete_error = Hook(tagged=True)

collections_list_request = Hook()
collection_view_request = Hook()
collection_create_request = Hook()
collection_update_request = Hook()
collection_delete_request = Hook()
collections_import_request = Hook()

RECORD_HOOKS = hooks_of("record", globals())
COLLECTION_HOOKS = hooks_of("collection", globals())

"""The hooks around records, models and collections: Django signals with a spine (`platform_app.hooks.hook`).

    @receiver(record_create, collection="posts")
    def number_it(event, **kwargs):
        event.record["number"] = next_number()
        yield
        announce(event.record)

Reference: contract/hooks.md. PocketBase's `onRecordCreate` is `record_create`, and so on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.http.response import ResponseHeaders

from collections_app.fields.file_names import PendingFile
from collections_app.request_info import RequestInfo
from collections_app.views.uploads import pending_uploads
from platform_app.hooks.event import Event, Tags
from platform_app.hooks.hook import Hook
from platform_app.hooks.operation_hooks import OperationType, hooks_of
from platform_app.requests.client_ip import real_ip, remote_ip
from platform_app.requests.exchange import exchange_of
from platform_app.wire.errors import as_refusal

if TYPE_CHECKING:
    from collections_app.collection import Collection
    from collections_app.records.batch_item import BatchItem
    from collections_app.records.reading.listing import Page
    from collections_app.records.record import Record

logger = logging.getLogger(__name__)


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
class HttpEvent(Event):
    """An event of a request; `info` is what rules see of it.

    A receiver that returns an HttpResponse answers the request. What is raised once an answer is there,
    behind a `yield`, is logged and changes nothing: the reference has sent the answer by then.
    """

    info: RequestInfo

    @property
    def request(self) -> HttpRequest:
        """The request itself; an empty one where code has asked for what a request could have."""
        if self.info.request is None:
            self.info = replace(self.info, request=HttpRequest())
        return cast(HttpRequest, self.info.request)

    @property
    def auth(self) -> "Record | None":
        """Who is signed in, None for a guest; whom a receiver sets is taken for it from then on."""
        return self.info.auth

    @auth.setter
    def auth(self, record: "Record | None") -> None:
        self.request.auth_record = record  # type: ignore[attr-defined]
        self.info = replace(self.info, auth=record)

    @property
    def has_superuser_auth(self) -> bool:
        return self.info.is_superuser

    @property
    def remote_ip(self) -> str:
        """The address that the connection comes from."""
        return remote_ip(self.request)

    @property
    def real_ip(self) -> str:
        """The client's address: what a trusted proxy says of it, else `remote_ip`."""
        return real_ip(self.request)

    @property
    def headers(self) -> ResponseHeaders:
        """Headers for the answer, whatever it is; they come before its own."""
        return exchange_of(self.request).draft.headers

    @property
    def set_cookie(self) -> Callable[..., None]:
        """Sets a cookie with the answer; takes what `HttpResponse.set_cookie` takes."""
        return exchange_of(self.request).draft.set_cookie

    @property
    def store(self) -> dict[str, Any]:
        """What those who see this request tell each other; it ends with it."""
        return exchange_of(self.request).store

    def uploaded_files(self, name: str) -> list[PendingFile]:
        """The files that were sent under this name, as a `file` field takes them; they go with the request.

        Raises BadRequest for a form that cannot be read.
        """
        files = exchange_of(self.request).files
        return list((pending_uploads(self.request) if files is None else files).get(name, ()))

    def answer(self, response: HttpResponseBase) -> None:
        exchange_of(self.request).response = response

    def outcome_of(self, error: Exception, *, is_done: bool) -> Exception | None:
        exchange = exchange_of(self.request)
        if (is_done or exchange.response is not None) and not exchange.is_inner:
            logger.error("a hook's receiver failed after its request was answered: %s", error, exc_info=error)
            return None
        return as_refusal(super().outcome_of(error, is_done=is_done) or error)


@dataclass
class RequestEvent(HttpEvent):
    """A request about one collection, by which receivers may limit themselves."""

    collection: "Collection"

    @property
    def tags(self) -> Tags:
        return self.collection.tags


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
class BatchRequestEvent(HttpEvent):
    """A batch about to run: the list of its requests, which receivers may edit."""

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
class CollectionsListEvent(HttpEvent):
    """A page of collections about to be answered."""

    collections: "list[Collection]"
    result: dict[str, Any]


@dataclass
class CollectionRequestEvent(HttpEvent):
    """A request about one collection. Its hooks are about designing, have no tags and see all collections."""

    collection: "Collection"


@dataclass
class CollectionsImportEvent(HttpEvent):
    """Definitions about to be imported, as they were sent."""

    collections_data: list[dict[str, Any]]
    delete_missing: bool


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

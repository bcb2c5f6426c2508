"""The hooks around records and models: Django signals with a spine.

`Hook` is a `django.dispatch.Signal` whose receivers form a chain around a default action. A receiver that is
a plain function runs before the action. A receiver that is a generator runs around it: what stands before its
`yield` runs before, what stands after runs after. An exception aborts the chain; a generator may catch it at
its `yield`, as it may with any call. A generator that returns without yielding stops the chain silently:
the action and the later receivers are skipped, and nobody is told.

    @receiver(record_create, collection="posts")
    def number_it(event, **kwargs):
        event.record["number"] = next_number()
        yield
        announce(event.record)

Reference: contract/hooks.md. PocketBase's `onRecordCreate` is `record_create`, and so on.
"""

import inspect
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

from django.dispatch import Signal

from collections_app.request_info import RequestInfo
from platform_app.hooks.chains import OWN_PRIORITY, Link, Part, Receiver, Tags, chain

if TYPE_CHECKING:
    from collections_app.collection import Collection
    from collections_app.records.batch_item import BatchItem
    from collections_app.records.reading.listing import Page
    from collections_app.records.record import Record


class Hook(Signal):
    """A chain of receivers around a default action.

    `connect` takes `collection` (a name or id, or several; without it the receiver sees every collection),
    `priority` (lower runs first; equal ones in order of connecting) and `dispatch_uid`: connecting a known
    one again replaces that receiver in its place. Receivers are held strongly: a hook that vanished with its
    module's last reference would be a trap.

    Only a `tagged` hook, whose events have tags, takes `collection`; no hook takes Django's `sender`. Either
    raises TypeError, for such a receiver would never be called.
    """

    def __init__(self, *, tagged: bool = False) -> None:
        super().__init__()
        self.tagged = tagged
        self.changed: list[Callable[[], None]] = []  # called when a receiver has come or gone
        self._links: tuple[Link, ...] = ()
        self._counter = count()
        # For `has_receivers_for`: the tags that receivers limit themselves to, and whether some do not.
        self._limits: Tags = frozenset()
        self._is_unlimited = False

    def connect(
        self,
        receiver: Receiver,
        sender: object | None = None,
        weak: bool = False,
        dispatch_uid: Any = None,
        *,
        collection: str | Iterable[str] = (),
        priority: int = 0,
    ) -> None:
        tags = frozenset((collection,) if isinstance(collection, str) else collection)
        if sender is not None:
            raise TypeError("hooks have no senders; a receiver is limited with collection=")
        if tags and not self.tagged:
            raise TypeError("this hook is not about one collection: its receivers take no collection=")
        uid = dispatch_uid if dispatch_uid is not None else receiver
        known = next((link for link in self._links if link.uid == uid), None)
        link = Link(
            receiver=receiver,
            priority=priority,
            order=known.order if known else next(self._counter),
            tags=tags,
            uid=uid,
            is_around=inspect.isgeneratorfunction(receiver),
        )
        kept = [other for other in self._links if other.uid != uid]
        self._set_links(sorted([*kept, link], key=lambda one: (one.priority, one.order)))

    def disconnect(
        self, receiver: Receiver | None = None, sender: object | None = None, dispatch_uid: Any = None
    ) -> bool:
        uid = dispatch_uid if dispatch_uid is not None else receiver
        before = self._links
        self._set_links(link for link in before if link.uid != uid)
        return len(self._links) < len(before)

    def _set_links(self, links: Iterable[Link]) -> None:
        self._links = tuple(links)
        self._limits = frozenset().union(*(link.tags for link in self._links))
        self._is_unlimited = not all(link.tags for link in self._links)
        for tell in self.changed:
            tell()

    def has_listeners(self, sender: object | None = None) -> bool:
        return bool(self._links)

    def has_receivers_for(self, tags: Tags) -> bool:
        """Whether a receiver takes events with these tags."""
        return self._is_unlimited or not self._limits.isdisjoint(tags)

    def trigger(self, event: "Event", action: Callable[[], Any] | None = None) -> Any:
        """Run the chain for `event` around `action`; returns what the action returned.

        None is returned when a receiver stopped the chain, or swallowed the action's error. Raises whatever
        a receiver or the action raises and no receiver swallows.
        """
        if not self._links or not self.has_receivers_for(event.tags):
            return action() if action else None
        result = None
        with self.around(event) as goes_on:
            if goes_on and action is not None:
                result = action()
        return result

    def around(self, event: "Event") -> AbstractContextManager[bool]:
        """The chain as a `with` block: entering runs what comes before, leaving what comes after.

        The value says whether to go on: False when a receiver stopped the chain, or swallowed the error of a
        later one. The block's own error goes through the generators, which may swallow it.
        """
        return chain(event, (self, self._links))

    def front(self) -> Part:
        """The receivers that come before what the server itself does at this hook."""
        return self, tuple(
            link for link in self._links if link.priority < OWN_PRIORITY
        ) if self._links else ()

    def rest(self) -> Part:
        return self, tuple(
            link for link in self._links if link.priority >= OWN_PRIORITY
        ) if self._links else ()


# --- events ---------------------------------------------------------------------------------------


@dataclass
class Event:
    """What every hook passes along; receivers share one event and may change it."""

    @property
    def tags(self) -> Tags:
        """The names by which receivers limit themselves with `collection=`."""
        return frozenset()


OperationType = Literal["create", "update", "delete", "validate"]


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

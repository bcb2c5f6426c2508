"""Automigrate: a change of collections that a request makes is written into a migration file as well.

The file, its record and the change are one transaction: a file that cannot be written stops the change.
An import, or any other unit of work with several changes, makes one file. Changes that follow from others
are left out, because they follow elsewhere too: what hooks do when a collection is saved, and views that
are refreshed.
Reference: plugins/migratecmd/automigrate.go, PocketBase v0.39.11, which writes after the change.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from collections_app import events
from collections_app.collection import Collection
from collections_app.events import CollectionEvent
from collections_app.migrating.files import record_applied, write_migration
from collections_app.migration_operations import ChangeCollections, operation_for
from collections_app.models import StoredCollection
from platform_app.database.transactions import after_commit, before_commit, unit_of_work

Change = tuple[Collection | None, Collection | None]

# Around everything that others connect, and next to the change itself.
_OUTERMOST = -1_000_000
_INNERMOST = 1_000_000
_NAME_LENGTH = 100


class _Thread(threading.local):
    """What this thread's request is doing: requests are served on one thread from start to end."""

    def __init__(self) -> None:
        self.is_recording = False
        self.depth = 0
        self.changes: list[Change] = []


_thread = _Thread()


def connect() -> None:
    """Record what the collections API changes from now on."""
    for hooks, receiver, priority in RECEIVERS:
        for hook in hooks:
            hook.connect(receiver, dispatch_uid=UID, priority=priority)


@contextmanager
def recording() -> Iterator[None]:
    """Record the changes that are made inside; for callers that are no API request, such as the dashboard.

    Changes nothing unless AUTOMIGRATE is on.
    """
    before = _thread.is_recording
    _thread.is_recording = True
    try:
        yield
    finally:
        _thread.is_recording = before


def _record_request(event: Any, **kwargs: Any) -> Iterator[None]:
    with recording():
        yield


def _go_deeper(event: CollectionEvent, **kwargs: Any) -> Iterator[None]:
    _thread.depth += 1
    try:
        yield
    finally:
        _thread.depth -= 1


def _collect(event: CollectionEvent, **kwargs: Any) -> Iterator[None]:
    if not _thread.is_recording or _thread.depth != 1:
        yield
        return
    with unit_of_work():
        row = StoredCollection.objects.filter(id=event.collection.id).first()
        before = row.as_collection() if row and event.type != "create" else None
        yield
        _keep((before, None if event.type == "delete" else event.collection))


UID = "automigrate"
RECEIVERS = (
    (
        (
            events.collection_create_request,
            events.collection_update_request,
            events.collection_delete_request,
            events.collections_import_request,
        ),
        _record_request,
        _OUTERMOST,
    ),
    (
        (
            events.collection_create,
            events.collection_update,
            events.collection_delete,
            events.collection_after_create_success,
            events.collection_after_update_success,
            events.collection_after_delete_success,
        ),
        _go_deeper,
        _OUTERMOST,
    ),
    (
        (
            events.collection_create_execute,
            events.collection_update_execute,
            events.collection_delete_execute,
        ),
        _collect,
        _INNERMOST,
    ),
)


def _keep(change: Change) -> None:
    """Put the change on the list that is written when the unit of work ends."""
    if not _thread.changes:
        before_commit(_write)
    _thread.changes.append(change)

    def drop(error: BaseException) -> None:
        if change in _thread.changes:
            _thread.changes.remove(change)

    after_commit(lambda: None, drop)


def _write() -> None:
    changes, _thread.changes = _thread.changes, []
    operations = [(op, change) for change in changes if (op := operation_for(*change)) is not None]
    if not operations:
        return
    if len(operations) == 1:
        operation, (before, after) = operations[0]
        action = "created" if before is None else "deleted" if after is None else "updated"
        name = _name_of((before, after))
        path = write_migration(
            f"{action}_{_plain(name)}", f"The collection {name} was {action}.", [operation]
        )
    else:
        names = ", ".join(dict.fromkeys(_name_of(change) for _, change in operations))
        together = ChangeCollections([operation for operation, _ in operations])
        path = write_migration("imported_collections", f"Collections were imported: {names}.", [together])
    after_commit(lambda: None, lambda error: path.unlink(missing_ok=True))
    record_applied(path)


def _name_of(change: Change) -> str:
    """The collection's name as it was, or of a new one as it is."""
    named = change[0] or change[1]
    return named.name if named else ""


def _plain(name: str) -> str:
    """A collection's name as a part of a module's, which file systems and databases take."""
    return re.sub(r"\W", "_", name[:_NAME_LENGTH], flags=re.ASCII)

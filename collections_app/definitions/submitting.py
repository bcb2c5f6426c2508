"""What a superuser's request does to a definition, whoever reads it: the hooks of requests around the change,
and every refusal as an ApiError in the words of the API.

Reference: contract/collections.md 1; apis/collection.go, PocketBase v0.39.11.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError
from django.db.models import Q

from collections_app.catalog import load_catalog
from collections_app.collection import Collection
from collections_app.definitions.blank import blank_collection
from collections_app.definitions.definition_json import (
    MalformedDefinition,
    definition_as_json,
    merge_definition,
)
from collections_app.definitions.refusals import ChangedMeanwhile, CollectionRefused
from collections_app.definitions.saving import (
    delete_collection,
    referring_names,
    save_collection,
    truncate_collection,
)
from collections_app.events import (
    CollectionRequestEvent,
    collection_create_request,
    collection_delete_request,
    collection_update_request,
)
from collections_app.models import StoredCollection
from collections_app.request_info import RequestInfo
from collections_app.stale_schema import try_again
from collections_app.tables.base_editor import IndexRefused
from platform_app.database.database_errors import error_text
from platform_app.wire.errors import ApiError, BadRequest, Invalid, NotFound, RequiredReference
from platform_app.wire.nul_characters import NUL

logger = logging.getLogger(__name__)

Json = dict[str, Any]

DATA_FAILED = "Failed to load the submitted data due to invalid formatting."

_VIEW_TRUNCATED = "View collections cannot be truncated since they don't store their own records."
_REFUSALS = (ApiError, CollectionRefused, DatabaseError, IndexRefused, RequiredReference)
_TRUNCATE_FAILED = (
    "Failed to truncate collection (most likely due to required cascade delete record references)."
)


def submitted_collection(name_or_id: str) -> Collection:
    """The definition as the database has it now: a change has to start from that, and the process's own
    snapshot may be half a second old. Raises NotFound."""
    if NUL in name_or_id:
        raise NotFound  # SQLite's LIKE would stop reading there, and PostgreSQL refuses to look
    rows = StoredCollection.objects.filter(Q(id=name_or_id) | Q(name__iexact=name_or_id))
    found = sorted(rows, key=lambda row: row.id != name_or_id)
    if not found:
        raise NotFound
    return found[0].as_collection()


def submit_new_collection(body: Json, *, kind: str, name: str, info: RequestInfo) -> Json | None:
    """Make a collection of `body`, whose type and name these are; returns the stored definition as JSON, None
    when a hook stopped it. Raises ApiError."""
    blank = blank_collection(kind, name)
    event = CollectionRequestEvent(info, _merged(blank, body))

    def create() -> Json:
        save = lambda: save_collection(event.collection, None, generated_id=blank.id)  # noqa: E731
        return _saved(save, "Failed to create collection.")

    created: Json | None = collection_create_request.trigger(event, create)
    return created


def submit_collection(stored: Collection, body: Json, *, info: RequestInfo) -> Json | None:
    """Lay `body` over a stored definition; returns the new one as JSON, None when a hook stopped it.

    Raises ApiError; what somebody else changed meanwhile may have it begun anew (`stale_schema`).
    """
    event = CollectionRequestEvent(info, _merged(stored, body))

    def update() -> Json:
        def save() -> Collection:
            try:
                return save_collection(event.collection, stored)
            except ChangedMeanwhile:
                if not _undoes_another_change(body, stored):
                    try_again()
                raise

        return _saved(save, "Failed to update collection.")

    updated: Json | None = collection_update_request.trigger(event, update)
    return updated


def submit_deletion(stored: Collection, *, info: RequestInfo) -> bool:
    """Delete a collection with all it holds; returns False when a hook stopped it.

    Raises BadRequest; its cause is NeededByViews when views are in the way, which the message does not name.
    """
    event = CollectionRequestEvent(info, stored)

    def delete() -> bool:
        _delete(event.collection)
        return True

    return bool(collection_delete_request.trigger(event, delete))


def submit_truncation(stored: Collection) -> None:
    """Delete all records of a collection. Raises BadRequest."""
    if stored.is_view:
        raise BadRequest(_VIEW_TRUNCATED)
    try:
        truncate_collection(stored)
    except Exception as error:
        _log(_TRUNCATE_FAILED, error)
        raise BadRequest(_TRUNCATE_FAILED) from error


def _merged(collection: Collection, body: Json) -> Collection:
    try:
        return merge_definition(collection, body)
    except MalformedDefinition as error:
        raise BadRequest(DATA_FAILED) from error


def _undoes_another_change(body: Json, stored: Collection) -> bool:
    """Whether `body`, made for `stored`, would drop fields or indexes that somebody else has added since."""
    if not {"fields", "indexes"} & {name.lower() for name in body}:
        return False
    before, now = definition_as_json(stored), definition_as_json(submitted_collection(stored.id))
    return (before["fields"], before["indexes"]) != (now["fields"], now["indexes"])


def _saved(save: Callable[[], Collection], failed: str) -> Json:
    try:
        return definition_as_json(save())
    except Invalid as error:
        raise BadRequest(failed, error.errors) from error
    except Exception as error:
        _log(failed, error)
        raise BadRequest(f"{failed} Raw error: \n{error_text(error)}") from error


def _delete(collection: Collection) -> None:
    try:
        delete_collection(collection)
    except Exception as error:
        message = "Failed to delete collection"
        _log(message, error)
        names = referring_names(collection, load_catalog())
        if names:
            message += f" probably due to existing reference in {', '.join(names)}"
        raise BadRequest(message) from error


def _log(failed: str, error: Exception) -> None:
    """Note why a change failed: refused by a check or the database, or by a fault, ours or a hook's."""
    is_fault = not isinstance(error, _REFUSALS)
    logger.log(logging.ERROR if is_fault else logging.INFO, "%s %s", failed, error, exc_info=is_fault)

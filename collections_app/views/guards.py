"""Guards: what a route demands of its caller and of the collection in its path, or an error.

Reference: contract/auth.md 1 and 2; apis/middlewares.go, PocketBase v0.39.11.
"""

from django.http import HttpRequest

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.exposing.exposures import accepts_writes
from collections_app.records.record import Record
from collections_app.system_names import SUPERUSERS
from platform_app.wire.errors import BadRequest, Forbidden, NotFound, Unauthorized

_NOBODY = "The request requires valid record authorization token."


def auth_record(request: HttpRequest) -> Record | None:
    """The signed-in record, None for a guest."""
    record: Record | None = getattr(request, "auth_record", None)
    return record


def set_auth_record(request: HttpRequest, record: Record | None) -> None:
    """Say who is signed in, for all that comes after: a record, or None for a guest."""
    request.auth_record = record  # type: ignore[attr-defined]


def require_auth(request: HttpRequest, *collections: str) -> Record:
    """The signed-in record, of one of the named collections if there are any.

    Raises Unauthorized for a guest, Forbidden for a record of another collection.
    """
    record = auth_record(request)
    if record is None:
        raise Unauthorized(_NOBODY)
    if collections and record.collection.name not in collections:
        raise Forbidden("The authorized record is not allowed to perform this action.")
    return record


def require_superuser(request: HttpRequest) -> Record:
    return require_auth(request, SUPERUSERS)


def require_superuser_or_owner(request: HttpRequest, owner_id: str) -> Record:
    """The caller, if a superuser or the record `owner_id`: ids are unique across auth collections."""
    record = auth_record(request)
    if record is None:
        raise Unauthorized("The request requires superuser or record authorization token.")
    if record.collection.name != SUPERUSERS and record.id != owner_id:
        raise Forbidden
    return record


def require_record_of(request: HttpRequest, collection: Collection) -> Record:
    """The caller, if a record of `collection`; the refusal names the caller's own collection."""
    record = require_auth(request)
    if record.collection.id != collection.id:
        raise Forbidden(f"The request requires auth record from {record.collection.name} collection.")
    return record


def require_guest(request: HttpRequest) -> None:
    if auth_record(request) is not None:
        raise BadRequest("The request can be accessed only by guests.")


def require_collection(name_or_id: str) -> Collection:
    """The collection that a path names. Raises NotFound."""
    collection = find_collection(name_or_id)
    if collection is None:
        raise NotFound("Missing or invalid collection context.")
    return collection


def require_auth_collection(name_or_id: str) -> Collection:
    """The auth collection that a path names. Raises NotFound when it is missing or of another type."""
    collection = find_collection(name_or_id)
    if collection is None or not collection.is_auth:
        raise NotFound("Missing or invalid auth collection context.")
    return collection


def require_records_of(name_or_id: str) -> Collection:
    """The collection whose records a path names. Raises NotFound."""
    collection = find_collection(name_or_id)
    if collection is None:
        raise NotFound("Missing collection context.")
    return collection


def require_writable(name_or_id: str) -> Collection:
    """The same for creates and updates, in the words of the body limit, which looks first in the reference.

    Raises NotFound, or BadRequest for a view.
    """
    collection = require_collection(name_or_id)
    if not accepts_writes(collection):
        raise BadRequest("Unsupported collection type.")
    return collection

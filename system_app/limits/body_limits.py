"""How large the body of a request may be, route by route (contract/system.md 11, contract/records.md 1.5)."""

import re

from collections_app.catalog import find_collection
from collections_app.collection import Collection
from collections_app.fields.abilities import LimitsBody
from platform_app.requests.body_size import DEFAULT_LIMIT_BYTES
from platform_app.runtime_settings.current import current
from system_app.limits.large_uploads import form_collection

BATCH_PATH = "/api/batch"

WRITING = {"POST", "PATCH"}
_RECORD_WRITE = re.compile(
    r"POST /api/collections/(?P<created>[^/]+)/records"
    r"|PATCH /api/collections/(?P<updated>[^/]+)/records/[^/]+"
)


def limit_of(method: str, path: str) -> int:
    """The limit in bytes of this route's bodies."""
    if method == "POST" and path == BATCH_PATH:
        return current().batch.body_limit_bytes
    name = written_collection(method, path) or form_collection(method, path)
    collection = find_collection(name) if name else None
    return DEFAULT_LIMIT_BYTES if collection is None else record_limit(collection)


def written_collection(method: str, path: str) -> str:
    """The name or id of the collection that a record is created or updated in; "" for any other route."""
    route = _RECORD_WRITE.fullmatch(f"{method} {path}")
    return (route["created"] or route["updated"]) if route else ""


def record_limit(collection: Collection) -> int:
    """The limit for a record of `collection`: room for the largest value of every field that has one."""
    if collection.is_view:
        return DEFAULT_LIMIT_BYTES
    return DEFAULT_LIMIT_BYTES + sum(
        field.body_limit_bytes for field in collection.fields if isinstance(field, LimitsBody)
    )

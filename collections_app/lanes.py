"""The lanes of the routes of records (docs/explanation/lanes.md); all others of this app are in the pool."""

from collections_app.records.storage import files_are_remote
from platform_app.requests.asgi import Scope
from platform_app.requests.lanes import LaneRoute, short_json_write, short_read

_RECORDS = "/api/collections/{collection}/records"
_RECORD = "/api/collections/{collection}/records/{record_id}"
_READS = ("GET", "HEAD")


def sends_files_on(scope: Scope, size_bytes: int) -> bool:
    """Whether the request may bring files, and to store them is to wait for another server."""
    is_multipart = any(
        name == b"content-type" and value.lower().startswith(b"multipart/form-data")
        for name, value in scope["headers"]
    )
    return is_multipart and files_are_remote()


LANES = (
    LaneRoute(("POST",), _RECORDS, "waiting", when=sends_files_on, is_hot=True),
    LaneRoute(("PATCH",), _RECORD, "waiting", when=sends_files_on, is_hot=True),
    LaneRoute(("POST",), "/api/batch", "waiting", when=sends_files_on),
    LaneRoute(_READS, _RECORDS, "inline", when=short_read, is_hot=True),
    LaneRoute(_READS, _RECORD, "inline", when=short_read, is_hot=True),
    # A write that needs more than one statement, a file or a hash moves to the pool by itself.
    LaneRoute(("POST",), _RECORDS, "inline", when=short_json_write, is_hot=True),
    LaneRoute(("PATCH",), _RECORD, "inline", when=short_json_write, is_hot=True),
    LaneRoute((*_READS, "POST"), _RECORDS, "queries"),
    LaneRoute((*_READS, "PATCH"), _RECORD, "queries"),
    LaneRoute(("POST",), "/api/batch", "queries"),
)

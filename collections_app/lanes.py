"""The lanes of the routes of records (docs/explanation/lanes.md); all others of this app are in the pool."""

from platform_app.requests.lanes import LaneRoute, short_json_write, short_read

_RECORDS = "/api/collections/{collection}/records"
_RECORD = "/api/collections/{collection}/records/{record_id}"
_READS = ("GET", "HEAD")

LANES = (
    LaneRoute(_READS, _RECORDS, "inline", when=short_read, is_hot=True),
    LaneRoute(_READS, _RECORD, "inline", when=short_read, is_hot=True),
    # A write that needs more than one statement, a file or a hash moves to the pool by itself.
    LaneRoute(("POST",), _RECORDS, "inline", when=short_json_write, is_hot=True),
    LaneRoute(("PATCH",), _RECORD, "inline", when=short_json_write, is_hot=True),
    LaneRoute((*_READS, "POST"), _RECORDS, "queries"),
    LaneRoute((*_READS, "PATCH"), _RECORD, "queries"),
    LaneRoute(("POST",), "/api/batch", "queries"),
)

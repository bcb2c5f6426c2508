"""The lanes of the routes of records (docs/explanation/lanes.md); all others of this app are in the pool."""

from platform_app.requests.lanes import LaneRoute, small_json_body, without_body

_RECORDS = "/api/collections/{collection}/records"
_RECORD = "/api/collections/{collection}/records/{record_id}"

LANES = (
    LaneRoute(("GET", "HEAD"), _RECORDS, "inline", when=without_body, is_hot=True),
    LaneRoute(("GET", "HEAD"), _RECORD, "inline", when=without_body, is_hot=True),
    # A write that needs more than one statement, a file or a hash moves to the pool by itself.
    LaneRoute(("POST",), _RECORDS, "inline", when=small_json_body, is_hot=True),
    LaneRoute(("PATCH",), _RECORD, "inline", when=small_json_body, is_hot=True),
)

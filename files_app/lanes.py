"""The lanes of files (docs/explanation/lanes.md).

Most files are read where the database is. A view rule, or the origin of a view's file, may take long to ask;
a bucket is asked over the network.
"""

from collections_app.records.storage import files_are_remote
from files_app.nearness import files_are_near
from platform_app.requests.asgi import Scope
from platform_app.requests.lanes import LaneRoute, short_read

_FILE = "/api/files/{collection}/{record_id}/{name}"


def from_elsewhere(scope: Scope, size_bytes: int) -> bool:
    return files_are_remote()


def from_here(scope: Scope, size_bytes: int) -> bool:
    return short_read(scope, size_bytes) and files_are_near()


LANES = (
    LaneRoute(("GET", "HEAD"), _FILE, "waiting", when=from_elsewhere, is_hot=True),
    LaneRoute(("GET", "HEAD"), _FILE, "inline", when=from_here),
    LaneRoute(("GET", "HEAD"), _FILE, "queries"),
)

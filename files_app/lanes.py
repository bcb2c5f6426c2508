"""The lanes of files (docs/explanation/lanes.md).

A view rule, or the origin of a view's file, may take long to ask; a bucket is asked over the network.
"""

from collections_app.records.storage import files_are_remote
from platform_app.requests.asgi import Scope
from platform_app.requests.lanes import LaneRoute

_FILE = "/api/files/{collection}/{record_id}/{name}"


def from_elsewhere(scope: Scope, size_bytes: int) -> bool:
    return files_are_remote()


LANES = (
    LaneRoute(("GET", "HEAD"), _FILE, "waiting", when=from_elsewhere, is_hot=True),
    LaneRoute(("GET", "HEAD"), _FILE, "queries"),
)

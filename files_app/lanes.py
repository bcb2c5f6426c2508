"""The lanes of files (docs/explanation/lanes.md): a view rule, or a view's origin, may take long to ask."""

from platform_app.requests.lanes import LaneRoute

LANES = (LaneRoute(("GET", "HEAD"), "/api/files/{collection}/{record_id}/{name}", "queries", is_hot=True),)

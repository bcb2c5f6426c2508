"""The lanes of the system's routes (docs/explanation/lanes.md)."""

from platform_app.requests.lanes import LaneRoute, without_body

LANES = (
    LaneRoute(("GET", "HEAD"), "/api/health", "inline", when=without_body),
    LaneRoute(("POST",), "/api/settings/test/email", "waiting"),
    LaneRoute(("POST",), "/api/settings/test/s3", "waiting"),
    LaneRoute(("GET", "HEAD"), "/api/logs", "queries"),
    LaneRoute(("GET", "HEAD"), "/api/logs/stats", "queries"),
    LaneRoute(("POST",), "/api/sql", "long"),
)

"""The lanes of realtime (docs/explanation/lanes.md): neither route does more than a look-up or two."""

from platform_app.requests.lanes import LaneRoute, short_json_write, without_body

LANES = (
    LaneRoute(("GET", "HEAD"), "/api/realtime", "inline", when=without_body),
    LaneRoute(("POST",), "/api/realtime", "inline", when=short_json_write),
)

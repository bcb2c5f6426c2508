"""The lanes of this app's routes."""

from platform_app.requests.lanes import LaneRoute, without_body

LANES = (
    LaneRoute(("GET",), "/beside/lane/inline", "inline", when=without_body),
    LaneRoute(("GET",), "/beside/lane/waiting", "waiting"),
)

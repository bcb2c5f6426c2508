"""The lanes of the sign-in routes (docs/explanation/lanes.md); what hashes a password is in the pool."""

from platform_app.requests.lanes import LaneRoute, without_body

_COLLECTION = "/api/collections/{collection}"

LANES = (
    LaneRoute(("POST",), f"{_COLLECTION}/auth-with-oauth2", "waiting"),
    LaneRoute(("POST",), f"{_COLLECTION}/auth-refresh", "inline", when=without_body, is_hot=True),
    LaneRoute(("POST",), "/api/files/token", "inline", when=without_body),
    LaneRoute(("POST",), f"{_COLLECTION}/request-email-change", "waiting"),
    LaneRoute(("GET", "HEAD"), f"{_COLLECTION}/auth-methods", "inline", when=without_body),
    LaneRoute(("GET", "HEAD"), "/api/collections/meta/oauth2-providers", "inline", when=without_body),
)

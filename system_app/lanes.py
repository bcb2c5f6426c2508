"""The lanes of the system's routes (docs/explanation/lanes.md)."""

from django.urls import Resolver404, resolve

from platform_app.requests.answers import unrouted
from platform_app.requests.asgi import Scope
from platform_app.requests.lanes import LaneRoute, without_body
from platform_app.runtime_settings.current import current

_BACKUP = "/api/backups/{key}"


def from_a_bucket(scope: Scope, size_bytes: int) -> bool:
    return current().backups_s3.enabled


def of_the_site(scope: Scope, size_bytes: int) -> bool:
    """Whether no route has the path: somebody's own are looked up for this, those of the API are not."""
    path: str = scope["path"]
    if path.startswith(("/api/", "/_/")):
        return False
    try:
        return resolve(path).func is unrouted
    except Resolver404:
        return False


LANES = (
    LaneRoute(("GET", "HEAD"), "/api/health", "inline", when=without_body),
    LaneRoute(("POST",), "/api/settings/test/email", "waiting"),
    LaneRoute(("POST",), "/api/settings/test/s3", "waiting"),
    LaneRoute(("GET", "HEAD"), "/api/logs", "queries"),
    LaneRoute(("GET", "HEAD"), "/api/logs/stats", "queries"),
    # A new backup has a thread of its own, for which the request waits.
    LaneRoute(("POST",), "/api/backups", "waiting"),
    LaneRoute(("GET", "HEAD"), "/api/backups", "waiting", when=from_a_bucket),
    # An upload may have many gigabytes: others with large bodies are not to wait for it.
    LaneRoute(("POST",), "/api/backups/upload", "waiting"),
    LaneRoute(("GET", "HEAD", "DELETE"), _BACKUP, "waiting", when=from_a_bucket),
    LaneRoute(("GET", "HEAD"), _BACKUP, "queries"),
    LaneRoute(("POST",), "/api/backups/{key}/restore", "waiting", when=from_a_bucket),
    LaneRoute(("POST",), "/api/sql", "long"),
    # The static site: its disk may be another one than the database's, and slow.
    LaneRoute(("GET", "HEAD"), "/{path...}", "queries", when=of_the_site),
)

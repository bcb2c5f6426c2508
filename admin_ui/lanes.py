"""The lanes of the dashboard's pages (docs/explanation/lanes.md): people say how much is looked through."""

from collections_app.lanes import sends_files_on
from platform_app.requests.lanes import LaneRoute

_COLLECTION = "/_/collections/{collection}"
_READS = ("GET", "HEAD")

LANES = (
    LaneRoute(("POST",), f"{_COLLECTION}/new/", "waiting", when=sends_files_on),
    LaneRoute(("POST",), f"{_COLLECTION}/records/{{record_id}}/", "waiting", when=sends_files_on),
    # The review of changed rules tries them, and says for how many records they change something.
    LaneRoute(("POST",), f"{_COLLECTION}/edit/rules/", "queries"),
    # A query of one's own, in a transaction, as in the SQL console.
    LaneRoute(("POST",), "/_/view-sample/", "long"),
    LaneRoute(("POST",), f"{_COLLECTION}/edit/query/", "long"),
    *(
        LaneRoute(_READS, path, "queries")
        for path in (
            "/_/",
            "/_/home-figures/",
            "/_/jump/",
            f"{_COLLECTION}/",
            f"{_COLLECTION}/count/",
            f"{_COLLECTION}/choices/",
            f"{_COLLECTION}/edit/rules/try/",
            f"{_COLLECTION}/new/",
            f"{_COLLECTION}/records/{{record_id}}/",
            f"{_COLLECTION}/records/{{record_id}}/delete/",
            f"{_COLLECTION}/edit/delete/",
            f"{_COLLECTION}/edit/truncate/",
        )
    ),
    # Looks at what a change would take away, before it asks about it or makes it.
    LaneRoute(("POST",), f"{_COLLECTION}/edit/", "queries"),
)

"""The lanes of the dashboard's pages (docs/explanation/lanes.md): people say how much is looked through."""

from admin_ui.addresses import BACKUP_UPLOAD
from collections_app.lanes import sends_files_on
from platform_app.requests.lanes import LaneRoute
from system_app.lanes import from_a_bucket

_COLLECTION = "/_/collections/{collection}"
_READS = ("GET", "HEAD")

_BACKUPS = "/_/settings/backups/"
_BACKUP = "/_/settings/backups/file/{key}/"

LANES = (
    LaneRoute(("POST",), f"{_COLLECTION}/new/", "waiting", when=sends_files_on),
    LaneRoute(("POST",), f"{_COLLECTION}/records/{{record_id}}/", "waiting", when=sends_files_on),
    LaneRoute(("POST",), f"{_COLLECTION}/edit/mails/trial/", "waiting"),
    # The review of changed rules tries them, and says for how many records they change something.
    LaneRoute(("POST",), f"{_COLLECTION}/edit/rules/", "queries"),
    # A query of one's own, in a transaction, as in the SQL console.
    LaneRoute(("POST",), "/_/view-sample/", "long"),
    LaneRoute(("POST",), f"{_COLLECTION}/edit/query/", "long"),
    # They may send a mail, or ask a bucket.
    *(
        LaneRoute(("POST",), f"/_/settings/{name}/", "waiting")
        for name in ("mail", "storage", "backup-schedule")
    ),
    # An upload may have many gigabytes, and goes on to a bucket where there is one.
    LaneRoute(("POST",), BACKUP_UPLOAD, "waiting"),
    *(
        LaneRoute((*_READS, "POST"), path, "waiting", when=from_a_bucket)
        for path in (
            _BACKUPS,
            f"{_BACKUPS}new/",
            *(f"{_BACKUP}{deed}/" for deed in ("download", "verify", "restore", "delete")),
        )
    ),
    LaneRoute(_READS, f"{_BACKUP}download/", "queries"),
    # Counts what an import would take away.
    *(LaneRoute(("POST",), f"/_/settings/import/{deed}/", "long") for deed in ("review", "run")),
    LaneRoute(("POST",), "/_/sql/", "long"),
    LaneRoute(("POST",), "/_/sql/csv/", "long"),
    # Of the selected records, read-only all the same.
    LaneRoute(("POST",), f"{_COLLECTION}/export/", "queries"),
    *(
        LaneRoute(_READS, path, "queries")
        for path in (
            "/_/",
            "/_/home-figures/",
            "/_/jump/",
            "/_/logs/",
            "/_/logs/chart/",
            "/_/logs/names/",
            "/_/logs/endpoints/",
            "/_/logs/entries/{log_id}/",
            "/_/logs/entries/{log_id}/json/",
            f"{_COLLECTION}/",
            f"{_COLLECTION}/count/",
            f"{_COLLECTION}/choices/",
            f"{_COLLECTION}/edit/rules/try/",
            f"{_COLLECTION}/rows/",
            f"{_COLLECTION}/filter/",
            f"{_COLLECTION}/views/",
            f"{_COLLECTION}/edit-rows/",
            f"{_COLLECTION}/export/",
            f"{_COLLECTION}/new/",
            f"{_COLLECTION}/records/{{record_id}}/",
            f"{_COLLECTION}/records/{{record_id}}/delete/",
            "/_/change-history/",
            f"{_COLLECTION}/history/",
            f"{_COLLECTION}/records/{{record_id}}/history/",
            f"{_COLLECTION}/edit/delete/",
            f"{_COLLECTION}/edit/truncate/",
            f"{_COLLECTION}/records/{{record_id}}/json/",
            f"{_COLLECTION}/records/{{record_id}}/card/",
            f"{_COLLECTION}/records/{{record_id}}/mail/{{kind}}/",
            f"{_COLLECTION}/records/{{record_id}}/impersonate/",
            f"{_COLLECTION}/records/{{record_id}}/reset-tokens/",
            f"{_COLLECTION}/records/{{record_id}}/providers/",
            f"{_COLLECTION}/records/{{record_id}}/providers/{{link_id}}/unlink/",
            "/_/pictures/",
        )
    ),
    # Looks at what a change would take away, before it asks about it or makes it.
    LaneRoute(("POST",), f"{_COLLECTION}/edit/", "queries"),
)

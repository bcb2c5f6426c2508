"""What who watches the dashboard's feed `backups` sees of a backup or restore."""

from realtime_app.feeds import feeds
from system_app.backups.progress import Step


def tell_feed(step: Step) -> None:
    told = {
        "key": step.key,
        "work": step.work,
        "doneBytes": step.done_bytes,
        "totalBytes": step.total_bytes,
        "outcome": step.outcome,
    }
    feeds.send("backups", "progress", told, key=step.key)

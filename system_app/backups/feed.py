"""What who watches the dashboard's feed `backups` sees of a backup or restore."""

from system_app.backups.progress import Step


def tell_feed(step: Step) -> None:
    """The seam for `realtime_app.feeds`: `feeds.send("backups", "progress", {...}, key=step.key)`."""

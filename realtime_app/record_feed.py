"""The feeds of collections: which records were written and deleted, for lists that keep themselves fresh.

Only ids are told; who hears them reads the records as it may.
"""

from collections_app import commits
from collections_app.commits import RecordChange
from realtime_app.feeds import feeds, records_channel


def listen() -> None:
    """While nobody looks at any list, nothing is gathered."""
    commits.listen("realtime_app.record_feed", records=_tell, is_listening=feeds.are_records_watched)


def _tell(change: RecordChange) -> None:
    channel = records_channel(change.collection.id)
    # What happens to a record again and again is told once; that it is new must not be lost by that.
    feeds.send(channel, change.kind, {"id": change.id}, key=f"{change.kind} {change.id}")

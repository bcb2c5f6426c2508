"""The log on the dashboard's feed: what was written, as `GET /api/logs` shows it."""

from collections.abc import Iterable

from platform_app.wire.raw_json import RawJson
from realtime_app.feeds import feeds
from system_app.logs.rows_sql import Row


def tell_feed(rows: Iterable[Row]) -> None:
    """Tell who watches the channel `logs`; called by the writer's thread."""
    if not feeds.is_watched("logs"):
        return
    for row in rows:
        entry = {
            "id": row.id,
            "created": row.created,
            "data": RawJson(row.data),
            "message": row.message,
            "level": row.level,
        }
        feeds.send("logs", "entry", entry)

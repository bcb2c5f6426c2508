"""Entries of the log as tests read and make them."""

import json
from typing import Any

from system_app.models import Log


def written() -> list[tuple[int, str, dict[str, Any]]]:
    """Level, message and data of all entries, the oldest first."""
    return [(row.level, row.message, json.loads(row.data)) for row in Log.objects.order_by("id")]


def add(log_id: str, **values: Any) -> None:
    """An entry as PocketBase writes it."""
    data = values.pop("data", {})
    Log.objects.create(
        id=log_id,
        data=json.dumps(data, separators=(",", ":")),
        **{"created": "2026-05-01 10:00:00.123Z", **values},
    )

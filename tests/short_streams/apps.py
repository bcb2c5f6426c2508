"""Its receiver of `realtime_connect_request`."""

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings

# Time enough to subscribe, on a busy machine too.
IDLE_SECONDS = 2.0
_FILE = "next_stream_is_short"


class ShortStreamsConfig(AppConfig):
    name = "tests.short_streams"

    def ready(self) -> None:
        from realtime_app.events import realtime_connect_request

        realtime_connect_request.connect(_shorten_if_asked)


def _shorten_if_asked(event: Any, **_: Any) -> None:
    try:
        Path(settings.JOEY_DATA_DIR, _FILE).unlink()
    except FileNotFoundError:
        return
    event.idle_seconds = IDLE_SECONDS


def shorten_next_stream(data_dir: Path) -> None:
    """Of those that a server of this data directory opens, with this app's settings."""
    (data_dir / _FILE).touch()

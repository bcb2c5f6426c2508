"""The settings that superusers change at run time: one JSON row in `_params`, as this process sees it.

Every app may read `current()`, on the event loop's thread too.
"""

import threading
import time

from platform_app.database.rows import fetch_one, usual_connection
from platform_app.runtime_settings.row import ROW_ID, read_row
from platform_app.runtime_settings.shape import RuntimeSettings

_SELECT = f"SELECT value FROM _params WHERE id = '{ROW_ID}'"  # noqa: S608 - a constant
RELOAD_SECONDS = 0.5


class _Current:
    """The copy that all threads of this process share; reloaded when the row moved."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.settings: RuntimeSettings | None = None
        self.raw: bytes | str | None = None
        self.checked_at = 0.0


_current = _Current()


def current() -> RuntimeSettings:
    """The settings to serve this request with; at most RELOAD_SECONDS old."""
    loaded = _current.settings
    now = time.monotonic()
    if loaded is not None and now - _current.checked_at < RELOAD_SECONDS:
        return loaded
    with _current.lock, usual_connection():
        raw = _stored_value()
        if _current.settings is None or raw != _current.raw:
            _current.settings = _parsed(raw)
            _current.raw = raw
        _current.checked_at = now
        return _current.settings


def forget_settings() -> None:
    """Make the next `current()` read the row again; for the process that changed it."""
    # Under the lock: whoever is just reading the old row must not put it back afterwards.
    with _current.lock:
        _current.settings = None


def known_settings() -> RuntimeSettings | None:
    """The settings as this process has read them; None when it has changed them since."""
    return _current.settings


def stored_settings() -> RuntimeSettings:
    """The settings as they are in the database right now, for whoever is about to change them."""
    return _parsed(_stored_value())


def _parsed(raw: bytes | str | None) -> RuntimeSettings:
    return RuntimeSettings.from_json({} if raw is None else read_row(raw))


def _stored_value() -> bytes | str | None:
    row = fetch_one(_SELECT)
    if row is None:
        return None
    value = row[0]
    return bytes(value) if isinstance(value, memoryview) else value

"""Notices that another process has saved the settings, and announces `settings_reload` in this one."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import RuntimeSettings
from system_app.events import SettingsReloadEvent, settings_reload

logger = logging.getLogger(__name__)

# With the age that a copy may have, a change is announced within a second.
LOOKS_EVERY_SECONDS = 0.4


class Follower:
    """Knows which settings were announced in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: RuntimeSettings | None = None
        self._over = threading.Event()

    def start(self) -> None:
        """Look from time to time, on a thread of its own."""
        self._over = threading.Event()
        self.look()
        threading.Thread(target=self._follow, args=(self._over,), name="joey-settings", daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Around what makes `current()` the saved settings; whoever saved them announces them."""
        with self._lock:
            yield
            self._known = current()

    def look(self) -> None:
        """Announce other settings than the last ones; the first ones are only taken note of."""
        try:
            with self._lock:
                found, known = current(), self._known
                self._known = found
        except (DatabaseError, ImproperlyConfigured):
            return  # whoever needs them says what is wrong
        if known is None or found is known or found.data == known.data:
            return
        try:
            settings_reload.trigger(SettingsReloadEvent(found))
        except Exception:
            logger.exception("a receiver of settings_reload failed")

    def _follow(self, over: threading.Event) -> None:
        while not over.wait(LOOKS_EVERY_SECONDS):
            self.look()
        connections.close_all()


# Of this process: it has one copy of the settings, too.
follower = Follower()

"""Receivers around the process, which note what they see, and fail where the test wants it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from platform_app.requests.lifetime import lifetime
from system_app.events import (
    BootstrapEvent,
    ServeEvent,
    SettingsReloadEvent,
    TerminateEvent,
    bootstrap,
    serve,
    settings_reload,
    terminate,
)


def connect() -> None:
    bootstrap.connect(around_bootstrap)
    bootstrap.connect(refuse_bootstrap, priority=1)
    serve.connect(before_serve)
    terminate.connect(at_the_end)
    settings_reload.connect(after_reload)


def around_bootstrap(event: BootstrapEvent, **kwargs: Any) -> Iterator[None]:
    _note(f"before bootstrap, {lifetime.state}")
    yield
    with connection.cursor() as cursor:
        cursor.execute('SELECT COUNT(*) FROM "_superusers"')
        _note(f"after bootstrap, {cursor.fetchone()[0]} superusers")


def refuse_bootstrap(event: BootstrapEvent, **kwargs: Any) -> None:
    if _wants("refuse_bootstrap"):
        raise OSError("no licence\nfor this machine")


def before_serve(event: ServeEvent, **kwargs: Any) -> None:
    if _wants("refuse_serve"):
        raise ValueError("nobody may come")
    _note(f"serve at {event.url}")


def at_the_end(event: TerminateEvent, **kwargs: Any) -> None:
    _note(f"terminate{', to start anew' if event.is_restart else ''}, {lifetime.state}")
    if _wants("fail_at_the_end"):
        raise OSError("cannot say goodbye")
    if _wants("hang_at_the_end"):
        time.sleep(3600)


def after_reload(event: SettingsReloadEvent, **kwargs: Any) -> None:
    _note(f"settings of {event.settings.meta.app_name}")


def _wants(what: str) -> bool:
    return Path(settings.JOEY_DATA_DIR, f"beside.{what}").exists()


def _note(line: str) -> None:
    # Beside the data: a restore replaces what is in it.
    with Path(settings.JOEY_DATA_DIR).with_name("hooks.log").open("a", encoding="utf-8") as log:
        log.write(f"{os.getpid()} {line}\n")

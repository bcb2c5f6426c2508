"""Django's description of the app that loads routes and drop-in files: the last one, when all are ready."""

import sys
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.utils.autoreload import autoreload_started
from django.utils.module_loading import autodiscover_modules

from system_app.drop_ins.errors import BrokenDropIn
from system_app.drop_ins.loading import load_drop_ins

# Who has routes of their own has imported it. For all others no start waits for what routes need.
_ROUTER = "system_app.routing.router"


class DropInsConfig(AppConfig):
    name = "system_app.drop_ins"
    label = "drop_ins"

    def ready(self) -> None:
        """Raises BrokenDropIn, which ends the start."""
        # Before anything can fail: `runserver` waits until the file that is broken has changed.
        autoreload_started.connect(_watch, dispatch_uid="system_app.drop_ins")
        autodiscover_modules("routes")
        load_drop_ins(Path(settings.JOEY_HOOKS_DIR))
        if _ROUTER in sys.modules:
            _check_routes()


def _check_routes() -> None:
    from system_app.routing.table import RoutesUnusable, check_own_patterns

    try:
        check_own_patterns()
    except RoutesUnusable as error:
        raise BrokenDropIn(str(error)) from error


def _watch(sender: Any, **kwargs: Any) -> None:
    """Files that are new; those that are loaded are watched as all modules are."""
    folder = Path(settings.JOEY_HOOKS_DIR)
    if folder.is_dir():
        sender.watch_dir(folder, "**/*.py")

"""A server process follows a restore: it starts anew, for the start to put the data in its place.

Reference: core/base.go (Restart), PocketBase v0.39.11, which executes itself again as well.
"""

import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from django.conf import settings

from platform_app.database.replacing import is_ordered
from system_app.backups.errors import AnotherRuns
from system_app.backups.telling import tell_log
from system_app.backups.temporary import PARTIAL_BACKUPS, TEMPORARY
from system_app.backups.turns import taking_turns

logger = logging.getLogger(__name__)

_LOOKS_EVERY_SECONDS = 0.5


def start_anew() -> NoReturn:
    """Become what this process was when it started: the same command, in the same process."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


class Follower:
    """Looks now and then whether a restore waits for the servers, on a thread of its own.

    `restarts` is how this process starts anew: whoever runs the server says it. Otherwise it ends in good
    order, and what started it starts another one.
    """

    def __init__(self) -> None:
        self.restarts: Callable[[], object] = lambda: os.kill(os.getpid(), signal.SIGTERM)
        self._ended = threading.Event()

    def start(self) -> None:
        self._ended.clear()
        threading.Thread(target=self._follow, name="joey-restores", daemon=True).start()

    def stop(self) -> None:
        self._ended.set()

    def _follow(self) -> None:
        tell_log()
        clear_leftovers()
        while not self._ended.wait(_LOOKS_EVERY_SECONDS):
            if is_ordered():
                self.restarts()
                return


def clear_leftovers() -> None:
    """Remove what backups and restores left that were cut short, and the old data of one that is done."""
    if not _leftovers():
        return  # as ever: others are not to be refused for this
    try:
        with taking_turns("restore", ""):
            left = _leftovers()
        # It may be much, and what begins now has other names.
        for path in left:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)  # other processes begin with the same
            else:
                path.unlink(missing_ok=True)
    except AnotherRuns:
        return  # it needs what is there, or it is another process that does this
    except OSError as error:
        logger.warning("what earlier backups left cannot be removed: %s", error)


def _leftovers() -> list[Path]:
    return [
        *Path(settings.JOEY_DATA_DIR, TEMPORARY).glob("*"),
        *Path(settings.JOEY_BACKUPS_DIR).glob(PARTIAL_BACKUPS),
    ]


follower = Follower()

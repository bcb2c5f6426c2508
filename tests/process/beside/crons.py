"""Jobs of this app. Their time never comes: the test runs them."""

import os
import signal
import time

from system_app.crons.registry import cron
from system_app.jobs import runner
from tests.process.beside.log import note

_NEVER = "0 0 31 2 *"
runner.KILLED_AFTER_SECONDS = 0.5


@cron("notes", _NEVER)
def notes() -> None:
    note(f"notes ran in {os.getpid()}")


@cron("prints", _NEVER)
def prints() -> None:
    print("a job printed this")  # noqa: T201 - what jobs of others do


@cron("fails", _NEVER)
def fails() -> None:
    raise OSError("no paper")


@cron("dies", _NEVER)
def dies() -> None:
    note("dies began")
    os.kill(os.getpid(), signal.SIGKILL)


@cron("hangs", _NEVER, timeout_seconds=1)
def hangs() -> None:
    note("hangs began")
    time.sleep(3600)


@cron("deaf", _NEVER, timeout_seconds=1)
def deaf() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})  # as a call into C is
    note("deaf began")
    time.sleep(3600)


@cron("lasts", _NEVER)
def lasts() -> None:
    note("lasts began")
    time.sleep(3600)

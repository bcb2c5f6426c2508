"""Backups, restores and looks at them beside requests, each on a thread that no request has to lend."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from django.db import connections

from system_app.backups.checking import Contents
from system_app.backups.creating import create_backup
from system_app.backups.errors import BackupFailed, Unusable
from system_app.backups.feed import tell_feed
from system_app.backups.restoring import restore_backup
from system_app.backups.verdicts import Verdict, keep_verdict
from system_app.backups.verifying import verify_backup

logger = logging.getLogger(__name__)

# The client has its answer by then: a restore ends in a restart.
_BEFORE_RESTORE_SECONDS = 1.0


def begin_backup(name: str) -> "Future[Any]":
    """Make a backup; the future has its key, or what was raised, which is logged."""

    def work() -> str:
        try:
            return create_backup(name, watch=tell_feed)
        except BackupFailed as error:
            logger.error("Failed to create backup: %s", error)
            raise
        except Exception:
            logger.exception("Failed to create backup")
            raise

    return _beside(work, "joey-backup")


def begin_restore(key: str, *, backs_up_first: bool = False) -> "Future[Any]":
    """Restore a backup in a moment, after one of the present state where that is asked for.

    What keeps it from that is logged, as nobody waits for it; the verdict on the backup is kept.
    """

    def work() -> None:
        time.sleep(_BEFORE_RESTORE_SECONDS)
        try:
            if backs_up_first:
                create_backup(watch=tell_feed)
            restore_backup(key, watch=tell_feed)
        except Unusable as error:
            logger.error("Failed to restore backup %s: %s", key, error)
            keep_verdict(key, Verdict(problem=str(error)))
        except BackupFailed as error:
            logger.error("Failed to restore backup %s: %s", key, error)
        except Exception:
            logger.exception("Failed to restore backup %s", key)

    return _beside(work, "joey-restore")


def begin_verifying(key: str) -> "Future[Any]":
    """Look at a backup; the future has its Contents, or what was raised. What came of it is kept, too."""

    def work() -> Contents:
        try:
            return verify_backup(key, watch=tell_feed)
        except BackupFailed as error:
            logger.warning("The backup %s is not good: %s", key, error)
            raise
        except Exception:
            logger.exception("Failed to verify backup %s", key)
            raise

    return _beside(work, "joey-verify")


def _beside(work: Callable[[], object], name: str) -> "Future[Any]":
    job: Future[Any] = Future()
    job.set_running_or_notify_cancel()

    def run() -> None:
        try:
            job.set_result(work())
        except Exception as error:  # noqa: BLE001 - whoever waits for the job gets it
            job.set_exception(error)
        finally:
            connections.close_all()

    # A daemon: a process that ends leaves it behind, and nothing of what it made.
    threading.Thread(target=run, name=name, daemon=True).start()
    return job

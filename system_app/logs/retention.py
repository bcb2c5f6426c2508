"""How long the log is kept: what is older than `logs.maxDays` goes by a job, and when settings change.

Reference: contract/system.md 5; core/base.go, PocketBase v0.39.11.
"""

import logging

from django.db import DatabaseError

from platform_app.database.dates import in_seconds
from platform_app.runtime_settings.current import current
from platform_app.runtime_settings.shape import LogSettings
from system_app.logs.rows_sql import delete_all, delete_before, give_space_back
from system_app.logs.writing import log_writer

logger = logging.getLogger(__name__)

_DAY_SECONDS = 24 * 60 * 60


def delete_expired() -> int:
    """Delete what is older than the settings allow; returns how many entries. Raises database errors."""
    return delete_before(in_seconds(-current().logs.max_days * _DAY_SECONDS))


def delete_everything() -> None:
    """Empty the log, with what this process has not written yet. Raises Django's database errors."""
    log_writer.forget_waiting()
    delete_all()
    try:
        give_space_back()
    except DatabaseError as error:  # somebody is reading, perhaps
        logger.debug("the space of deleted logs is not given back: %s", error)


def follow_settings(logs: LogSettings) -> None:
    """Delete what these settings would not have kept; never fails, for the settings are saved already."""
    try:
        delete_before(in_seconds(-logs.max_days * _DAY_SECONDS), below_level=logs.min_level)
        if logs.max_days == 0:
            give_space_back()
    except DatabaseError as error:
        logger.debug("old logs could not be deleted: %s", error)

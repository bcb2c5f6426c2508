"""The model hooks around entries of the log, which to them are rows of `_logs` (contract/hooks.md 1).

Only where somebody listens are entries written one by one. What receivers log themselves meanwhile goes to
the console.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from collections_app import events
from platform_app.database.routers import log_database
from platform_app.hooks.groups import HookGroup
from platform_app.hooks.hook import Hook
from system_app.events import LogEntry, LogEvent
from system_app.logs.attributes import as_json
from system_app.logs.rows_sql import Row, insert

logger = logging.getLogger(__name__)

_HOOKS = HookGroup(
    events.model_create,
    events.model_validate,
    events.model_create_execute,
    events.model_after_create_success,
    events.model_after_create_error,
)


def has_receivers() -> bool:
    return _HOOKS.has_receivers_for(LogEvent.TAGS)


@dataclass
class _Written:
    row: Row | None = None


def insert_with_hooks(rows: Sequence[Row]) -> list[Row]:
    """Write the rows in one transaction, each within its hooks; returns those that were written."""
    done: list[tuple[LogEvent, Row]] = []
    with transaction.atomic(using=log_database()):
        for row in rows:
            event = LogEvent(LogEntry(row.id, row.level, row.message, json.loads(row.data), row.created))
            try:
                written = _insert_one(event)
            except Exception as error:
                logger.exception("a log entry could not be written")
                event.error = error
                _tell(events.model_after_create_error, event)
            else:
                if written is not None:
                    done.append((event, written))
    for event, _ in done:
        _tell(events.model_after_create_success, event)
    return [row for _, row in done]


def _insert_one(event: LogEvent) -> Row | None:
    """The row as it was written, or None when a receiver stopped it."""
    written = _Written()

    def write() -> None:
        log = event.log
        row = Row(log.id, log.level, log.message, as_json(log.data), log.created)
        with transaction.atomic(using=log_database()):
            insert([row])
        written.row = row

    def operate() -> None:
        events.model_validate.trigger(event)
        events.model_create_execute.trigger(event, write)

    events.model_create.trigger(event, operate)
    return written.row


def _tell(hook: Hook, event: LogEvent) -> None:
    try:
        hook.trigger(event)
    except Exception:
        logger.exception("a receiver failed at a log entry")

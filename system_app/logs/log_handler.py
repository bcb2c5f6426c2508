"""Python's `logging` on its way into the log: the records of all loggers, with their attributes."""

import logging
from typing import Any

from system_app.logs.attributes import LONGEST_MESSAGE, as_json, error_text, storable, text_of, trace_text
from system_app.logs.levels import level_of
from system_app.logs.moments import stored_moment
from system_app.logs.rows_sql import Row
from system_app.logs.writing import is_writing, log_writer

# Where bound loggers put their attributes (`system_app.logs.loggers`).
ATTRIBUTES = "log_attributes"

# What every record has, and what formatters and Python 3.12 add to it.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", ATTRIBUTES}


class LogHandler(logging.Handler):
    """Puts records where the log's writer finds them. It neither waits nor fails, whatever is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        if not log_writer.is_open or not log_writer.keeps or is_writing():
            return
        level = level_of(record.levelno)
        if level < log_writer.min_level:
            return
        try:
            # At once: what a record refers to may be another thing later, and belong to another thread.
            entry = (_row, level, message_of(record), as_json(attributes_of(record)), record.created)
        except Exception:  # noqa: BLE001 - logging's own way to say that a record is unusable
            self.handleError(record)
            return
        log_writer.put_entry(entry)
        if record.levelno >= logging.CRITICAL:
            log_writer.hurry()


def _row(row_id: str, level: int, message: str, data: str, created: float) -> Row:
    return Row(row_id, level, message, data, stored_moment(created))


def message_of(record: logging.LogRecord) -> str:
    """The message with its arguments filled in; as it stands, when they do not fit."""
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - a wrong placeholder must not lose the entry
        message = f"{record.msg} {record.args!r}"
    return text_of(message, LONGEST_MESSAGE)


def attributes_of(record: logging.LogRecord) -> dict[str, Any]:
    """`extra={...}` and what a bound logger carries, the logger's name, and the error."""
    found: dict[str, Any] = {} if record.name == "root" else {"logger": record.name}
    if record.exc_info and (error := record.exc_info[1]) is not None:
        found |= {"error": error_text(error), "trace": trace_text(error)}
    elif record.exc_text:
        found["trace"] = storable(record.exc_text)
    found |= {key: value for key, value in vars(record).items() if key not in _OWN}
    found |= vars(record).get(ATTRIBUTES) or {}
    return found
